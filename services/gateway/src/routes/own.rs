//! The routes of the gateway itself: documentation, health, metrics, the issuer, and refusals.

mod documentation;
mod page;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use boxoffice_http::{
    Middleware, Problem,
    extract::MAX_BODY_BYTES,
    middleware::{TIME_LIMIT, method_not_allowed, not_found},
};
use boxoffice_identity::Verifier;

pub use page::Page;

use super::{Refused, check_token, health};
use crate::{
    Gateway,
    upstreams::{Documents, Guard},
};

/// The routes of the gateway itself.
pub(crate) struct Own {
    /// All public routes; other requests are refused.
    pub routes: Router,
    /// Responds to a refused request of any path with its problem.
    pub refusals: Router,
}

impl Own {
    pub fn new(documents: Documents, guards: &Arc<[Guard]>, gateway: &Gateway) -> Self {
        let verifier = gateway.issuer.verifier();
        let middleware = Middleware {
            service: "gateway",
            clock: gateway.clock.clone(),
            entropy: gateway.entropy.clone(),
            verifier: verifier.clone(),
            time_limit: TIME_LIMIT,
        };
        let middleware = middleware.layer();
        let pages = gateway.pages.iter().cloned();
        let routes = pages
            .fold(Router::new(), |router, (path, page)| router.route(path, page.route()))
            .merge(documentation::router(documents, gateway.errors_page()))
            .merge(health::router(guards.clone(), gateway))
            .merge(gateway.issuer.router())
            .fallback(async move |headers: HeaderMap| unknown(&headers, &verifier).await)
            .method_not_allowed_fallback(method_not_allowed)
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .layer(middleware.clone());
        let refusals = Router::new().fallback(async |Extension(refused): Extension<Refused>| refused).layer(middleware);
        Self { routes, refusals }
    }
}

/// Responds 404 with a valid token and 401 without one, so that unauthenticated clients cannot probe paths.
async fn unknown(headers: &HeaderMap, verifier: &Verifier) -> Problem {
    match check_token(headers, verifier) {
        Ok(()) => not_found().await,
        Err(refused) => refused,
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.problem.into_response();
        if let Some(allow) = self.allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        response
    }
}
