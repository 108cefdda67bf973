//! What the gateway answers itself: documentation, health, metrics, the issuer, and refusals.

mod documentation;
mod page;

use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use boxoffice_chassis::{
    Frame, Problem,
    extract::LARGEST_BODY,
    frame::{TIME_LIMIT, method_not_allowed, not_found},
};
use boxoffice_identity::Verifier;

pub use page::Page;

use super::{Refused, check_token};
use crate::{Gateway, upstreams::Documents};

/// All open routes; whatever else comes here is refused.
pub(crate) fn router(documents: Documents, gateway: &Gateway) -> Router {
    let verifier = gateway.issuer.verifier();
    let frame = Frame {
        service: "gateway",
        clock: gateway.clock.clone(),
        entropy: gateway.entropy.clone(),
        verifier: verifier.clone(),
        time_limit: TIME_LIMIT,
    };
    let refuse = async move |refused: Option<Extension<Refused>>, headers: HeaderMap| match refused {
        Some(Extension(refused)) => refused.into_response(),
        None => unknown(&headers, &verifier).await.into_response(),
    };
    let pages = gateway.pages.iter().cloned();
    pages
        .fold(Router::new(), |router, (path, page)| router.route(path, page.route()))
        .merge(documentation::router(documents, gateway.errors_page()))
        .merge(gateway.health.router())
        .merge(gateway.metrics.router())
        .merge(gateway.issuer.router())
        .fallback(refuse)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(frame.layer())
}

/// Whoever has no token does not learn that there is nothing.
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
