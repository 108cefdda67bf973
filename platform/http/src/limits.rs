//! Limits of URLs and headers. The body extractor limits bodies.

use axum::http::Request;

use crate::{Problem, codes};

/// Maximum length of path and query together, in bytes.
pub const MAX_URI_BYTES: usize = 8 * 1024;
/// Maximum size of all headers, in bytes, including 4 bytes of separators for each.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;

pub(crate) fn exceeded<B>(request: &Request<B>) -> Option<Problem> {
    let uri = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
    if uri > MAX_URI_BYTES {
        let detail = format!("path and query are longer than {MAX_URI_BYTES} bytes");
        return Some(Problem::new(&codes::URI_TOO_LONG, detail));
    }
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    (headers > MAX_HEADER_BYTES).then(|| {
        Problem::new(&codes::HEADERS_TOO_LARGE, format!("the headers are larger than {MAX_HEADER_BYTES} bytes"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_exact() {
        let code = |uri: usize, headers: usize| {
            let request = Request::get(format!("/{}", "u".repeat(uri - 1)));
            let request = request.header("x", "h".repeat(headers - 5)).body(()).unwrap();
            exceeded(&request).map(|problem| problem.code.status)
        };
        assert_eq!(code(MAX_URI_BYTES, MAX_HEADER_BYTES), None);
        assert_eq!(code(MAX_URI_BYTES + 1, MAX_HEADER_BYTES), Some(414));
        assert_eq!(code(MAX_URI_BYTES, MAX_HEADER_BYTES + 1), Some(431));
    }
}
