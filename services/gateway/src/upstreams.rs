//! The services behind the gateway, their route table and their OpenAPI documents.

mod breaker;
mod documents;
mod faults;
mod guard;
mod table;

use std::time::Duration;

use axum::Router;
use utoipa::openapi::{
    OpenApi,
    path::{Operation, PathItem},
};

pub(crate) use breaker::{Position, View};
pub(crate) use documents::Documents;
pub(crate) use guard::Guard;
pub(crate) use table::{Entry, Route, Table, allow};

/// Tag of read operations that need no token when the setting `open_catalogue` is on.
const CATALOGUE: &str = "catalogue";

/// A service behind the gateway.
#[derive(Clone)]
pub struct Upstream {
    /// Name of the service, in paths of its documentation and in metrics.
    pub name: &'static str,
    /// Description of the data that it owns, in one sentence.
    pub about: &'static str,
    /// The router, called in memory, with its [`Middleware`](boxoffice_http::Middleware): limits, metrics and request ids.
    pub router: Router,
    /// Its public paths, all under `/api/v1`. The gateway routes no others.
    pub api: OpenApi,
    /// Time limit for its responses; `None` applies the setting `time_limit`.
    pub time_limit: Option<Duration>,
}

/// The operations of one path of a document.
pub(crate) fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [
        ("GET", &item.get),
        ("PUT", &item.put),
        ("POST", &item.post),
        ("DELETE", &item.delete),
        ("PATCH", &item.patch),
        ("HEAD", &item.head),
        ("OPTIONS", &item.options),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}
