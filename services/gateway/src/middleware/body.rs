use std::time::Duration;

use axum::{body::Body, extract::Request};
use boxoffice_clock::Clock;
use boxoffice_http::{Problem, extract::read_body};
use hyper::body::Body as _;

use crate::error;

/// Buffers the whole request body before the service is called, so that a slow client neither uses up the service's
/// time limit nor opens its circuit breaker.
///
/// # Errors
/// When the body is too large, ends too early, or takes longer than `time`.
pub(crate) async fn gather(request: Request, time: Duration, clock: &Clock) -> Result<Request, Problem> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let (head, body) = request.into_parts();
    tokio::select! {
        biased;
        bytes = read_body(body) => Ok(Request::from_parts(head, Body::from(bytes?))),
        () = clock.sleep(time) => {
            let detail = format!("the body was not complete within {} seconds; the request had no effect", time.as_secs_f32());
            Err(Problem::new(&error::REQUEST_TIMEOUT, detail))
        }
    }
}
