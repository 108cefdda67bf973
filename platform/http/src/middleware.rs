//! The middleware of every router: limits, context, time limit, metrics, and a response even after a panic.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::Method,
    response::{IntoResponse, Response},
};
use boxoffice_clock::{Clock, Entropy, Stopwatch};
use boxoffice_identity::Verifier;
use tower::{Layer, Service};
use tracing::Instrument;

use crate::{
    Problem, codes,
    context::{Context, REQUEST_ID},
    limits,
    metrics::RequestMetrics,
    panics,
    problem::Refusal,
};

/// Default time limit of a request; longer than the maximum of `Prefer: wait`.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The middleware around the router of one service.
///
/// Every request gets the [`Verifier`] and, unless it has one, a [`Context`] as extensions; every response gets the header
/// `X-Request-Id`. The middleware counts requests and refusals in [`METRICS`](crate::metrics::METRICS); the label `path` is the
/// matched route, never what the client sent.
#[derive(Clone)]
pub struct Middleware {
    /// Name of the service, for metrics.
    pub service: &'static str,
    /// Measures the time limit and times new ids.
    pub clock: Clock,
    /// Generates correlation ids for requests without one.
    pub entropy: Entropy,
    /// Verifies the token of a [`Caller`](crate::extract::Caller).
    pub verifier: Verifier,
    /// Time after which a request is answered with 504 and its handler is dropped.
    pub time_limit: Duration,
}

impl Middleware {
    /// Wraps `router` in this middleware, with problems for unknown paths and methods.
    pub fn wrap(self, router: Router) -> Router {
        router.fallback(not_found).method_not_allowed_fallback(method_not_allowed).layer(self.layer())
    }

    /// The middleware as a layer, for a router with a fallback of its own. Create it once for each service, after the
    /// metrics recorder is installed: it caches the handles of the service's metrics.
    pub fn layer(self) -> MiddlewareLayer {
        MiddlewareLayer(Arc::new(Shared { metrics: RequestMetrics::new(self.service), middleware: self }))
    }
}

/// The response to an unknown path.
pub async fn not_found() -> Problem {
    Problem::new(&codes::NOT_FOUND, "this path does not exist")
}

/// The response to a method that the path does not support.
pub async fn method_not_allowed(method: Method) -> Problem {
    Problem::new(&codes::METHOD_NOT_ALLOWED, format!("this path does not support {method}"))
}

struct Shared {
    middleware: Middleware,
    metrics: RequestMetrics,
}

/// The layer that [`Middleware::layer`] returns.
#[derive(Clone)]
pub struct MiddlewareLayer(Arc<Shared>);

impl<S> Layer<S> for MiddlewareLayer {
    type Service = MiddlewareService<S>;

    fn layer(&self, inner: S) -> MiddlewareService<S> {
        MiddlewareService { inner, shared: self.0.clone() }
    }
}

/// A service wrapped in the [`Middleware`].
#[derive(Clone)]
pub struct MiddlewareService<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> Service<Request> for MiddlewareService<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let stopwatch = Stopwatch::start();
        let shared = self.shared.clone();
        let middleware = &shared.middleware;
        // The gateway may have set the context already.
        let existing = request.extensions().get::<Context>().cloned();
        let context = existing
            .unwrap_or_else(|| Context::from_headers(request.headers(), &middleware.clock, &middleware.entropy));
        let method = method_name(request.method());
        let path = request.extensions().get::<MatchedPath>().cloned();
        let route = path.as_ref().map_or("unmatched", MatchedPath::as_str);
        let span = tracing::debug_span!("request", correlation = context.correlation_id(), method, path = route);
        let answer = match limits::exceeded(&request) {
            Some(problem) => Err(problem),
            None => {
                request.extensions_mut().insert(context.clone());
                request.extensions_mut().insert(middleware.verifier.clone());
                Ok(self.inner.call(request))
            }
        };
        let answered = async move {
            let mut response = match answer {
                Ok(answer) => shared.middleware.answer(answer, &context, method, path.as_ref()).await,
                Err(problem) => problem.into_response(),
            };
            let route = path.as_ref().map_or("unmatched", MatchedPath::as_str);
            shared.metrics.record_response(method, route, response.status(), stopwatch.elapsed());
            if let Some(Refusal(code)) = response.extensions().get() {
                shared.metrics.record_refusal(code);
            }
            response.headers_mut().insert(REQUEST_ID, context.header());
            Ok(response)
        };
        Box::pin(answered.instrument(span))
    }
}

impl Middleware {
    async fn answer(
        &self,
        answer: impl Future<Output = Result<Response, Infallible>>,
        context: &Context,
        method: &str,
        path: Option<&MatchedPath>,
    ) -> Response {
        tokio::select! {
            biased;
            answer = panics::catch(answer) => match answer {
                Ok(Ok(response)) => response,
                Err(panicked) => {
                    let path = path.map(MatchedPath::as_str);
                    tracing::error!(correlation = context.correlation_id(), method, path, %panicked, "a handler panicked");
                    Problem::new(&codes::INTERNAL, "the request failed; the cause is logged")
                        .into_response()
                }
            },
            () = self.clock.sleep(self.time_limit) => {
                let detail = format!("no response within {} seconds", self.time_limit.as_secs_f32());
                Problem::new(&codes::TIMEOUT, detail).into_response()
            }
        }
    }
}

/// Unknown methods share one label value, so that a client cannot create any number of series.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
