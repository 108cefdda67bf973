use std::{collections::BTreeMap, time::Duration};

use axum::http::{HeaderValue, Method};
use tokio::sync::Semaphore;
use utoipa::openapi::path::Operation;

use super::{CATALOGUE, Upstream, operations};
use crate::{
    GatewayError,
    config::{GatewaySettings, OfRoute},
    middleware::Answers,
};

/// The route table: every documented path with its upstream, and no other path.
pub(crate) struct Table(matchit::Router<Entry>);

/// A documented path with its methods.
pub(crate) struct Entry {
    methods: Vec<Route>,
    /// Value of the header `Allow`.
    pub allow: HeaderValue,
}

/// A documented method of a path.
pub(crate) struct Route {
    method: Method,
    /// Index of the upstream that serves it.
    pub upstream: usize,
    /// Whether it reads the catalogue, so that the setting `open_catalogue` applies.
    pub is_catalogue: bool,
    pub answers: Answers,
    /// Time limit of the route; `None` applies the limit of the service.
    pub time_limit: Option<Duration>,
    /// Limits concurrent requests of the route; `None` without a limit.
    pub semaphore: Option<Semaphore>,
}

impl Table {
    /// Builds the table from the documents of `upstreams` and the settings for single routes.
    ///
    /// # Errors
    /// When a path is not public, cannot be routed, or is documented twice; when a setting names an undocumented route.
    pub fn of(upstreams: &[Upstream], settings: &GatewaySettings) -> Result<Self, GatewayError> {
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
        for limit in &settings.time_limits {
            named(&mut paths, limit)?.for_each(|route| route.time_limit = Some(limit.value));
        }
        for limit in &settings.concurrency_limits {
            named(&mut paths, limit)?.for_each(|route| route.semaphore = Some(Semaphore::new(limit.value)));
        }
        let mut table = matchit::Router::new();
        for (path, routes) in paths {
            table
                .insert(path, Entry::of(routes))
                .map_err(|error| GatewayError::Route { path: path.to_owned(), reason: error.to_string() })?;
        }
        Ok(Self(table))
    }

    /// The entry of a request's `path`; `None` if no service documents it.
    pub fn find(&self, path: &str) -> Option<&Entry> {
        self.0.at(path).ok().map(|found| found.value)
    }
}

/// The routes that a setting names.
fn named<'a, T>(
    paths: &'a mut BTreeMap<&str, Vec<Route>>,
    limit: &'a OfRoute<T>,
) -> Result<impl Iterator<Item = &'a mut Route>, GatewayError> {
    let is_meant = |route: &Route| limit.method.as_ref().is_none_or(|method| route.method.as_str() == method);
    match paths.get_mut(limit.path.as_str()) {
        Some(routes) if routes.iter().any(is_meant) => Ok(routes.iter_mut().filter(move |route| is_meant(route))),
        _ => Err(GatewayError::Route { path: limit.to_string(), reason: "no service documents it".to_owned() }),
    }
}

impl Entry {
    fn of(methods: Vec<Route>) -> Self {
        let allow = allow(methods.iter().map(|route| &route.method));
        Self { methods, allow }
    }

    /// The route of `method`. A route of GET also serves HEAD (RFC 9110, section 9.1).
    pub fn route(&self, method: &Method) -> Option<&Route> {
        let is = |method: &Method| self.methods.iter().find(|route| route.method == *method);
        is(method).or_else(|| (*method == Method::HEAD).then(|| is(&Method::GET)).flatten())
    }
}

/// The value of the header `Allow`, with HEAD for every GET (RFC 9110, section 9.1).
pub(crate) fn allow<'a>(methods: impl Iterator<Item = &'a Method> + Clone) -> HeaderValue {
    let reads = methods.clone().any(|method| method == Method::GET).then_some(Method::HEAD.as_str());
    let allow: Vec<_> = methods.map(Method::as_str).chain(reads).collect();
    HeaderValue::try_from(allow.join(", ")).expect("method names are ASCII")
}

impl Route {
    fn of(method: &'static str, operation: &Operation, upstream: usize) -> Self {
        let method = Method::from_bytes(method.as_bytes()).expect("an OpenAPI method is an HTTP method");
        let tags = operation.tags.as_deref().unwrap_or_default();
        let is_catalogue = method == Method::GET && tags.iter().any(|tag| tag == CATALOGUE);
        let answers = Answers::of(operation);
        Self { method, upstream, is_catalogue, answers, time_limit: None, semaphore: None }
    }
}
