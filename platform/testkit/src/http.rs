use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use serde_json::Value;
use tower::ServiceExt;

/// A response that was read to its end.
#[derive(Clone, Debug)]
pub struct TestResponse {
    /// The status of the response.
    pub status: StatusCode,
    /// All headers of the response.
    pub headers: HeaderMap,
    /// The body as JSON; `Null` if it is empty or not JSON.
    pub body: Value,
    /// The body as text; bytes that are not UTF-8 are replaced.
    pub text: String,
}

impl TestResponse {
    /// A header as text; `None` if the response lacks it.
    ///
    /// # Panics
    /// If the header is not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The fields that the problem in the body names, in order.
    pub fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map_or(&[][..], Vec::as_slice);
        errors.iter().filter_map(|error| error["field"].as_str()).collect()
    }

    /// The status with the `code` of the problem in the body; the code is empty if the body is not a problem.
    pub fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or_default())
    }
}

/// Builds a request. `route` is `METHOD /path`; without a token it has no `Authorization`, and without a body no
/// `Content-Type`.
///
/// # Panics
/// If `route` or a header is malformed.
pub fn request(route: &str, token: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let (method, path) = route.split_once(' ').expect("METHOD /path");
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

/// Calls `router` in process and reads the whole response.
///
/// # Panics
/// If the body of the response cannot be read.
pub async fn send(router: Router, request: Request<Body>) -> TestResponse {
    let Ok(response) = router.oneshot(request).await;
    let (head, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    TestResponse {
        status: head.status,
        headers: head.headers,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}
