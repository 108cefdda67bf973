use std::hash::{DefaultHasher, Hasher};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};

/// Content security policy of pages: they load and request only resources of this server. Inline scripts and styles are
/// forbidden, so that injected text never runs.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// A public static page or file, which changes only with the program.
#[derive(Clone)]
pub struct Page {
    media_type: HeaderValue,
    body: Bytes,
    tag: HeaderValue,
}

impl Page {
    /// Creates a page with a media type, such as `text/html; charset=utf-8`.
    pub fn new(media_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut hasher = DefaultHasher::new();
        hasher.write(&body);
        // A weak tag, because compression changes the bytes but not the content.
        let tag = format!("W/\"{:016x}\"", hasher.finish());
        Self {
            media_type: HeaderValue::from_static(media_type),
            body,
            tag: HeaderValue::try_from(tag).expect("a number is ASCII"),
        }
    }

    /// The route that serves the page.
    pub(super) fn route(self) -> MethodRouter {
        get(move |headers: HeaderMap| std::future::ready(self.answer(&headers)))
    }

    /// The response. Browsers cache the page and revalidate it with `If-None-Match`.
    fn answer(&self, request: &HeaderMap) -> Response {
        let kept = [
            (header::ETAG, self.tag.clone()),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        if self.is_known(request) {
            return (StatusCode::NOT_MODIFIED, kept).into_response();
        }
        (kept, [(header::CONTENT_TYPE, self.media_type.clone())], self.body.clone()).into_response()
    }

    /// Whether `If-None-Match` has the tag of the page (RFC 9110, section 13.1.2).
    fn is_known(&self, request: &HeaderMap) -> bool {
        let known = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        known.flat_map(|tags| tags.split(',')).map(str::trim).any(|tag| tag == "*" || tag == self.tag)
    }
}
