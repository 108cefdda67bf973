//! Protection of each service: concurrency limit, retries, circuit breaker and time limit.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{Method, StatusCode, header},
    response::Response,
};
use boxoffice_clock::{Clock, Entropy};
use boxoffice_http::{Problem, codes, extract::Prefer};
use hyper::body::Body as _;
use metrics::Counter;
use tokio::sync::{Semaphore, SemaphorePermit};
use tower::Service;

use super::{
    Route, Upstream,
    breaker::{Breaker, Terms, View},
    faults::Faults,
};
use crate::{config::GatewaySettings, error};

/// Value of `Retry-After` when a service is overloaded or does not respond.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// One service with its concurrency limit, retries, circuit breaker and time limit.
pub(crate) struct Guard {
    pub name: &'static str,
    router: Router,
    semaphore: Semaphore,
    breaker: Breaker,
    faults: Faults,
    time_limit: Duration,
    tries: u32,
    retry_delay: Duration,
    retried: Counter,
    clock: Clock,
    entropy: Entropy,
}

/// Why a call has no response from the service.
pub(super) enum CallError {
    /// The circuit breaker rejected the call and stays open for this long.
    BreakerOpen(Duration),
    /// The service did not respond.
    NoResponse,
    /// The service did not respond within this time limit.
    TimedOut(Duration),
    /// Fault injection responded with this problem.
    Injected(Problem),
}

impl Guard {
    pub fn new(upstream: Upstream, settings: &GatewaySettings, clock: Clock, entropy: Entropy) -> Self {
        let terms = Terms {
            window: settings.breaker_window,
            calls: settings.breaker_calls,
            failures: settings.breaker_failures,
            open: settings.breaker_open,
            half_open: settings.breaker_half_open,
        };
        let name = upstream.name;
        Self {
            name,
            router: upstream.router,
            semaphore: Semaphore::new(settings.concurrency),
            breaker: Breaker::new(name, terms, clock.clone()),
            faults: Faults::of(name, &settings.fault, clock.clone(), entropy.clone()),
            time_limit: upstream.time_limit.unwrap_or(settings.time_limit),
            tries: settings.max_attempts,
            retry_delay: settings.retry_delay,
            retried: metrics::counter!("boxoffice_gateway_retries_total", "upstream" => name),
            clock,
            entropy,
        }
    }

    /// The state of the circuit breaker.
    pub fn view(&self) -> View {
        self.breaker.view()
    }

    /// Calls the service, with retries where they are safe.
    ///
    /// # Errors
    /// The problem for the client when no attempt has a response.
    pub async fn call(&self, route: &Route, mut request: Request) -> Result<Response, Problem> {
        let _route_permit = route.semaphore.as_ref().map(|semaphore| self.permit(semaphore)).transpose()?;
        let _service_permit = self.permit(&self.semaphore)?;
        let time_limit = route.time_limit.unwrap_or(self.time_limit);
        let mut wait = self.retry_delay;
        let mut left = if is_safe(&request) { self.tries } else { 1 };
        loop {
            left -= 1;
            let spare = (left > 0).then(|| copy(&request));
            let outcome = self.attempt(request, time_limit).await;
            match spare.filter(|_| is_retryable(&outcome)) {
                None => return outcome.map_err(|error| self.problem(error)),
                Some(spare) => request = spare,
            }
            self.retried.increment(1);
            // Jittered, so that concurrent failures are not retried at the same time.
            self.clock.sleep(wait.mul_f64(0.5 + self.entropy.fraction() / 2.0)).await;
            wait *= 2;
        }
    }

    /// Takes a permit for one more concurrent request.
    fn permit<'a>(&self, semaphore: &'a Semaphore) -> Result<SemaphorePermit<'a>, Problem> {
        semaphore.try_acquire().map_err(|_| {
            let detail = format!("{} is overloaded", self.title());
            Problem::new(&codes::BUSY, detail).with_retry_after(RETRY_DELAY)
        })
    }

    /// One attempt, whose outcome the breaker records.
    async fn attempt(&self, request: Request, time_limit: Duration) -> Result<Response, CallError> {
        let permit = self.breaker.pass().map_err(CallError::BreakerOpen)?;
        let limit = time_limit + Prefer::from_headers(request.headers()).wait.unwrap_or_default();
        let outcome = tokio::select! {
            biased;
            outcome = self.reach(request) => outcome,
            () = self.clock.sleep(limit) => Err(CallError::TimedOut(limit)),
        };
        permit.end(outcome.as_ref().map_or(true, is_failure));
        outcome
    }

    async fn reach(&self, request: Request) -> Result<Response, CallError> {
        self.faults.inject().await?;
        Ok(self.router.clone().call(request).await.unwrap_or_else(|never| match never {}))
    }

    fn problem(&self, error: CallError) -> Problem {
        let down =
            |wait| Problem::new(&error::UPSTREAM_DOWN, format!("{} is down", self.title())).with_retry_after(wait);
        match error {
            CallError::BreakerOpen(wait) => down(wait),
            CallError::NoResponse => down(RETRY_DELAY),
            CallError::Injected(problem) => problem,
            CallError::TimedOut(limit) => {
                let (who, seconds) = (self.title(), limit.as_secs_f32());
                let detail = format!(
                    "{who} did not answer within {seconds} seconds: whether the request had an effect is not known; \
                     repeat it with its Idempotency-Key"
                );
                Problem::new(&codes::TIMEOUT, detail)
            }
        }
    }

    /// Display name for problems, such as `Booking service`.
    fn title(&self) -> String {
        let one = self.name.strip_suffix('s').unwrap_or(self.name);
        let (first, rest) = one.split_at(one.len().min(1));
        format!("{}{rest} service", first.to_ascii_uppercase())
    }
}

/// Whether the request can be repeated: the method is safe (RFC 9110, section 9.2.1) and the request has no body.
fn is_safe(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD) && request.body().is_end_stream()
}

/// Copies a request without a body.
fn copy(request: &Request) -> Request {
    let mut again = Request::new(Body::empty());
    again.method_mut().clone_from(request.method());
    again.uri_mut().clone_from(request.uri());
    again.headers_mut().clone_from(request.headers());
    again.extensions_mut().clone_from(request.extensions());
    again
}

/// Whether a response counts as a failure of the service. 503 with `Retry-After` does not: an overloaded service still
/// works on its queue, and opening the circuit breaker would turn a queue that is full for a moment into an outage of
/// seconds.
fn is_failure(response: &Response) -> bool {
    response.status().is_server_error() && !is_overload(response)
}

fn is_overload(response: &Response) -> bool {
    response.status() == StatusCode::SERVICE_UNAVAILABLE && response.headers().contains_key(header::RETRY_AFTER)
}

/// Whether another attempt may succeed: not while the breaker is open, not after a response that would be repeated, and not
/// before the retry delay that the service asks for.
fn is_retryable(outcome: &Result<Response, CallError>) -> bool {
    match outcome {
        Ok(response) => matches!(response.status().as_u16(), 502..=504) && !is_overload(response),
        Err(CallError::Injected(problem)) => matches!(problem.code.status, 502..=504),
        Err(CallError::NoResponse | CallError::TimedOut(_)) => true,
        Err(CallError::BreakerOpen(_)) => false,
    }
}
