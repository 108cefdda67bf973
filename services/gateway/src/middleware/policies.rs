use std::{collections::BTreeMap, sync::Arc};

use axum::http::{HeaderValue, Method};

use crate::{
    GatewayError,
    config::{GatewaySettings, OfRoute, Rate},
};

/// Paths of monitoring and documentation, which the general limit does not cover.
const EXEMPT: &[&str] = &[
    "/health",
    "/api/health",
    "/actuator",
    "/docs",
    "/api/docs",
    "/api/v1/openapi.json",
    "/v3/api-docs",
    "/swagger-ui",
    "/swagger-ui.html",
];

/// The general limit and the limits of single routes.
pub(super) struct Policies {
    general: Option<Arc<Policy>>,
    routes: matchit::Router<OfPath>,
}

/// A rate limit with its key and header.
pub(super) struct Policy {
    /// Part of the key under which requests are counted; unique for each policy.
    pub number: usize,
    pub rate: Rate,
    pub name: String,
    /// Value of the header `RateLimit-Policy`.
    pub header: HeaderValue,
}

/// The limits of one path, by method; without one, of all methods that have none of their own.
#[derive(Default)]
struct OfPath(Vec<(Option<Method>, Arc<Policy>)>);

impl Policies {
    /// Builds the policies from the settings; `None` when no limit is set.
    ///
    /// # Errors
    /// A route that conflicts with another one or has two limits.
    pub fn of(settings: &GatewaySettings) -> Result<Option<Self>, GatewayError> {
        let general = settings.rate_limit.0.map(|rate| Policy::new(0, rate, "default".to_owned()));
        if general.is_none() && settings.rate_limits.is_empty() {
            return Ok(None);
        }
        let mut paths: BTreeMap<&str, OfPath> = BTreeMap::new();
        for (index, route) in settings.rate_limits.iter().enumerate() {
            paths.entry(&route.path).or_default().add(route, index + 1)?;
        }
        let mut routes = matchit::Router::new();
        for (path, policies) in paths {
            routes
                .insert(path, policies)
                .map_err(|error| GatewayError::Route { path: path.to_owned(), reason: error.to_string() })?;
        }
        Ok(Some(Self { general, routes }))
    }

    /// The limit of a request: that of its route, else that of its canonical route, else the general one.
    pub fn find(&self, method: &Method, path: &str, canonical: Option<(&Method, &str)>) -> Option<&Arc<Policy>> {
        let of = |method: &Method, path: &str| self.routes.at(path).ok().and_then(|found| found.value.find(method));
        let of_route = of(method, path).or_else(|| canonical.and_then(|(method, path)| of(method, path)));
        of_route.or_else(|| self.general.as_ref().filter(|_| !is_exempt(path)))
    }
}

impl OfPath {
    fn add(&mut self, route: &OfRoute<Rate>, number: usize) -> Result<(), GatewayError> {
        let unfit = |reason: &str| GatewayError::Route { path: route.to_string(), reason: reason.to_owned() };
        let method = route.method.as_deref().map(str::parse).transpose().map_err(|_| unfit("unknown method"))?;
        if self.0.iter().any(|(taken, _)| *taken == method) {
            return Err(unfit("the route has two limits"));
        }
        self.0.push((method, Policy::new(number, route.value, route.to_string())));
        Ok(())
    }

    fn find(&self, method: &Method) -> Option<&Arc<Policy>> {
        let of = |expected: Option<&Method>| self.0.iter().find(|(method, _)| method.as_ref() == expected);
        of(Some(method)).or_else(|| of(None)).map(|(_, policy)| policy)
    }
}

impl Policy {
    fn new(number: usize, rate: Rate, name: String) -> Arc<Self> {
        let header = format!("\"{name}\";q={};w={}", rate.limit, rate.window.as_secs());
        let header = HeaderValue::try_from(header).expect("names of limits are visible ASCII");
        Arc::new(Self { number, rate, name, header })
    }
}

fn is_exempt(path: &str) -> bool {
    let is_in = |start: &&str| path.strip_prefix(*start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path == "/" || EXEMPT.iter().any(is_in)
}
