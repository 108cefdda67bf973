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
    /// Its name in the documentation.
    pub name: &'static str,
    /// What it owns, in one sentence.
    pub about: &'static str,
    /// What answers: a call in memory. It stands in its [`Middleware`](boxoffice_http::Middleware), which keeps the
    /// limits, counts, and gives every answer its id.
    pub router: Router,
    /// What it answers to strangers: the paths of this document, all of them under `/api/v1`, and no others.
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
