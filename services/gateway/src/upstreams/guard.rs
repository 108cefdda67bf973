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
    places: Semaphore,
    breaker: Breaker,
    faults: Faults,
    time_limit: Duration,
    tries: u32,
    retry_wait: Duration,
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
            places: Semaphore::new(settings.concurrency),
            breaker: Breaker::new(name, terms, clock.clone()),
            faults: Faults::of(name, &settings.fault, clock.clone(), entropy.clone()),
            time_limit: upstream.time_limit.unwrap_or(settings.time_limit),
            tries: settings.tries,
            retry_wait: settings.retry_wait,
            retried: metrics::counter!("boxoffice_gateway_retries_total", "upstream" => name),
            clock,
            entropy,
        }
    }

    /// What its breaker is doing.
    pub fn view(&self) -> View {
        self.breaker.view()
    }

    /// The answer of the service, after as many tries as may be made.
    ///
    /// # Errors
    /// When there is none.
    pub async fn call(&self, route: &Route, mut request: Request) -> Result<Response, Problem> {
        let _route_permit = route.places.as_ref().map(|places| self.place(places)).transpose()?;
        let _service_permit = self.place(&self.places)?;
        let time_limit = route.time_limit.unwrap_or(self.time_limit);
        let mut wait = self.retry_wait;
        let mut left = if is_safe(&request) { self.tries } else { 1 };
        loop {
            left -= 1;
            let spare = (left > 0).then(|| again(&request));
            let ended = self.once(request, time_limit).await;
            match spare.filter(|_| is_worth_another_try(&ended)) {
                None => return ended.map_err(|error| self.problem(error)),
                Some(spare) => request = spare,
            }
            self.retried.increment(1);
            // Spread by chance, so that those who failed together do not come back together.
            self.clock.sleep(wait.mul_f64(0.5 + self.entropy.fraction() / 2.0)).await;
            wait *= 2;
        }
    }

    /// Room for one more request, while it is held.
    fn place<'a>(&self, places: &'a Semaphore) -> Result<SemaphorePermit<'a>, Problem> {
        places.try_acquire().map_err(|_| {
            let detail = format!("{} has too much to do", self.title());
            Problem::new(&codes::BUSY, detail).with_retry_after(RETRY_DELAY)
        })
    }

    /// One call, which counts for the breaker.
    async fn once(&self, request: Request, time_limit: Duration) -> Result<Response, CallError> {
        let permit = self.breaker.pass().map_err(CallError::BreakerOpen)?;
        let limit = time_limit + Prefer::from_headers(request.headers()).wait.unwrap_or_default();
        let ended = tokio::select! {
            biased;
            ended = self.reach(request) => ended,
            () = self.clock.sleep(limit) => Err(CallError::TimedOut(limit)),
        };
        permit.end(ended.as_ref().map_or(true, is_failure));
        ended
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

    /// `Booking service` for bookings.
    fn title(&self) -> String {
        let one = self.name.strip_suffix('s').unwrap_or(self.name);
        let (first, rest) = one.split_at(one.len().min(1));
        format!("{}{rest} service", first.to_ascii_uppercase())
    }
}

/// Whether sending it twice does nothing that sending it once does not do (RFC 9110 section 9.2.1), and it can be sent
/// twice.
fn is_safe(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD) && request.body().is_end_stream()
}

/// The same request once more. It has no body.
fn again(request: &Request) -> Request {
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

/// Whether another try may find what this one did not. Not while the breaker is open, not after an answer that a second
/// try would get as well, and not sooner than the service asks for.
fn is_worth_another_try(ended: &Result<Response, CallError>) -> bool {
    match ended {
        Ok(response) => matches!(response.status().as_u16(), 502..=504) && !is_overload(response),
        Err(CallError::Injected(problem)) => matches!(problem.code.status, 502..=504),
        Err(CallError::NoResponse | CallError::TimedOut(_)) => true,
        Err(CallError::BreakerOpen(_)) => false,
    }
}
