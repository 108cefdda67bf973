use std::collections::BTreeMap;

use axum::http::{HeaderValue, Method};
use utoipa::openapi::path::Operation;

use super::{CATALOGUE, Upstream, operations};
use crate::{GatewayError, admission::Answers};

/// Which upstream answers what: every documented path, and nothing else.
pub(crate) struct Table(matchit::Router<Entry>);

/// One documented path.
pub(crate) struct Entry {
    methods: Vec<Route>,
    /// The methods, as the header `Allow` lists them.
    pub allow: HeaderValue,
}

/// One documented method of a path.
pub(crate) struct Route {
    method: Method,
    /// Which of the upstreams answers.
    pub upstream: usize,
    /// Whether it reads the catalogue.
    pub is_catalogue: bool,
    pub answers: Answers,
}

impl Table {
    /// From the documents of `upstreams`.
    ///
    /// # Errors
    /// When a path is not public, cannot be routed, or has two answers.
    pub fn of(upstreams: &[Upstream]) -> Result<Self, GatewayError> {
        let mut paths: BTreeMap<&str, Vec<Route>> = BTreeMap::new();
        for (index, upstream) in upstreams.iter().enumerate() {
            for (path, item) in &upstream.api.paths.paths {
                if !path.starts_with("/api/v1/") {
                    return Err(GatewayError::NotPublic { service: upstream.name, path: path.clone() });
                }
                let routes = paths.entry(path).or_default();
                for (method, operation) in operations(item) {
                    let route = Route::of(method, operation, index);
                    if let Some(taken) = routes.iter().find(|taken| taken.method == route.method) {
                        return Err(GatewayError::Twice {
                            first: upstreams[taken.upstream].name,
                            second: upstream.name,
                            method: method.to_owned(),
                            path: path.clone(),
                        });
                    }
                    routes.push(route);
                }
            }
        }
        let mut table = matchit::Router::new();
        for (path, routes) in paths {
            table
                .insert(path, Entry::of(routes))
                .map_err(|error| GatewayError::Route { path: path.to_owned(), reason: error.to_string() })?;
        }
        Ok(Self(table))
    }

    /// What is documented for `path`, as it stands in a request.
    pub fn find(&self, path: &str) -> Option<&Entry> {
        self.0.at(path).ok().map(|found| found.value)
    }
}

impl Entry {
    fn of(methods: Vec<Route>) -> Self {
        let allow = allow(methods.iter().map(|route| &route.method));
        Self { methods, allow }
    }

    /// Who answers `method`. Whatever answers GET answers HEAD as well (RFC 9110 section 9.1).
    pub fn route(&self, method: &Method) -> Option<&Route> {
        let is = |method: &Method| self.methods.iter().find(|route| route.method == *method);
        is(method).or_else(|| (*method == Method::HEAD).then(|| is(&Method::GET)).flatten())
    }
}

/// The value of `Allow`. Whatever answers GET answers HEAD as well (RFC 9110 section 9.1).
pub(crate) fn allow<'a>(methods: impl Iterator<Item = &'a Method> + Clone) -> HeaderValue {
    let reads = methods.clone().any(|method| method == Method::GET).then_some(Method::HEAD.as_str());
    let allow: Vec<_> = methods.map(Method::as_str).chain(reads).collect();
    HeaderValue::try_from(allow.join(", ")).expect("names of methods are ASCII")
}

impl Route {
    fn of(method: &'static str, operation: &Operation, upstream: usize) -> Self {
        let method = Method::from_bytes(method.as_bytes()).expect("the methods of a document are methods of HTTP");
        let tags = operation.tags.as_deref().unwrap_or_default();
        let is_catalogue = method == Method::GET && tags.iter().any(|tag| tag == CATALOGUE);
        Self { method, upstream, is_catalogue, answers: Answers::of(operation) }
    }
}
