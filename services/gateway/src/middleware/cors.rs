//! Cross-origin resource sharing (CORS, in the Fetch standard).

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

use crate::config::Origin;

/// How long a browser may cache the response to a preflight request.
const PREFLIGHT_TTL: Duration = Duration::from_secs(600);

const METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Request headers that a page of another origin may send.
const ALLOWED_HEADERS: [HeaderName; 9] = [
    header::ACCEPT,
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    HeaderName::from_static("idempotency-key"),
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    HeaderName::from_static("prefer"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("x-request-id"),
];

/// Response headers that a page of another origin may read.
const EXPOSED_HEADERS: [HeaderName; 13] = [
    header::ALLOW,
    header::ETAG,
    HeaderName::from_static("idempotency-replayed"),
    header::LINK,
    header::LOCATION,
    HeaderName::from_static("preference-applied"),
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("ratelimit-policy"),
    header::RETRY_AFTER,
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-ratelimit-reset"),
    HeaderName::from_static("x-request-id"),
];

/// CORS layer for the configured origins; `None` without any. It never allows credentials, because pages send the
/// token themselves.
pub(crate) fn cross_origin(origins: &[Origin]) -> Option<CorsLayer> {
    let named = origins.iter().filter_map(|origin| match origin {
        Origin::Any => None,
        Origin::Of(origin) => Some(HeaderValue::try_from(origin).expect("an origin that was checked is ASCII")),
    });
    let allowed = if origins.contains(&Origin::Any) { AllowOrigin::from(Any) } else { AllowOrigin::list(named) };
    let layer = CorsLayer::new()
        .allow_methods(METHODS)
        .allow_headers(ALLOWED_HEADERS)
        .expose_headers(EXPOSED_HEADERS)
        .max_age(PREFLIGHT_TTL);
    (!origins.is_empty()).then(|| layer.allow_origin(allowed))
}
