use std::hash::{DefaultHasher, Hasher};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};

/// What a page may do in a browser: load what is served here, ask what is served here, and nothing else. No script and no
/// style stands within a page, so that a text that gets into one is never run.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// A page, or a file that one needs: the same for everybody, open, and changed only with the program.
#[derive(Clone)]
pub struct Page {
    media_type: HeaderValue,
    body: Bytes,
    tag: HeaderValue,
}

impl Page {
    /// `body` as it is sent, with what it is, such as `text/html; charset=utf-8`.
    pub fn new(media_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut hasher = DefaultHasher::new();
        hasher.write(&body);
        // Weak, because compression changes the bytes but not the content.
        let tag = format!("W/\"{:016x}\"", hasher.finish());
        Self {
            media_type: HeaderValue::from_static(media_type),
            body,
            tag: HeaderValue::try_from(tag).expect("a number is ASCII"),
        }
    }

    /// Its place in a router.
    pub(super) fn route(self) -> MethodRouter {
        get(move |headers: HeaderMap| std::future::ready(self.answer(&headers)))
    }

    /// A browser keeps it and asks each time whether it is still the same, which costs next to nothing.
    fn answer(&self, asked: &HeaderMap) -> Response {
        let kept = [
            (header::ETAG, self.tag.clone()),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        if self.is_known(asked) {
            return (StatusCode::NOT_MODIFIED, kept).into_response();
        }
        (kept, [(header::CONTENT_TYPE, self.media_type.clone())], self.body.clone()).into_response()
    }

    /// Whether the client has it already (RFC 9110 section 13.1.2).
    fn is_known(&self, asked: &HeaderMap) -> bool {
        let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        known.flat_map(|tags| tags.split(',')).map(str::trim).any(|tag| tag == "*" || tag == self.tag)
    }
}
