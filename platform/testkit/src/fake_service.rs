use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use boxoffice_http::{Problem, codes};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;
use tower::ServiceExt;

/// A stand-in for a service that the tested service calls. It records every request and answers
///
/// 1. 503 `unavailable` while it is [out of order](Self::set_failing),
/// 2. else with the canned [answer](Self::answer) for the route,
/// 3. else with the [router](Self::with_router) that it was created with, which answers 404 for unknown paths.
///
/// While it is [paused](Self::pause) it processes requests and withholds the answers. Clones are the same service.
#[derive(Clone)]
pub struct FakeService {
    /// The name under which the tested service calls it.
    pub name: &'static str,
    state: Arc<FakeState>,
}

struct FakeState {
    router: Router,
    answers: Mutex<Vec<CannedAnswer>>,
    requests: Mutex<Vec<ReceivedRequest>>,
    is_failing: AtomicBool,
    is_paused: watch::Sender<bool>,
}

#[derive(Clone)]
struct CannedAnswer {
    route: String,
    status: StatusCode,
    body: Value,
}

/// A request that a [`FakeService`] received.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    /// `METHOD /path`, with the query.
    pub route: String,
    /// All headers of the request.
    pub headers: HeaderMap,
    /// The body as JSON; `Null` if it is empty or not JSON.
    pub body: Value,
}

impl FakeService {
    /// A service that answers 404 to everything.
    pub fn new(name: &'static str) -> Self {
        Self::with_router(name, Router::new())
    }

    /// A service whose handlers keep state of their own.
    pub fn with_router(name: &'static str, router: Router) -> Self {
        let state = FakeState {
            router,
            answers: Mutex::default(),
            requests: Mutex::default(),
            is_failing: AtomicBool::new(false),
            is_paused: watch::Sender::new(false),
        };
        Self { name, state: Arc::new(state) }
    }

    /// Answers `METHOD /path`, in which `{name}` matches any one segment, with a status and a JSON body; an error
    /// status turns the body into a problem. Replaces an earlier answer for the same route; of several routes that
    /// match, the latest answers.
    ///
    /// # Panics
    /// If the status is not an HTTP status.
    pub fn answer(&self, route: &str, status: u16, body: Value) -> &Self {
        let answer = CannedAnswer { route: route.to_owned(), status: StatusCode::from_u16(status).unwrap(), body };
        let mut answers = self.state.answers.lock();
        answers.retain(|other| other.route != route);
        answers.push(answer);
        self
    }

    /// All requests so far, in the order of their arrival.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.state.requests.lock().clone()
    }

    /// Number of requests that matched `route`, in the syntax of [`answer`](Self::answer).
    pub fn calls(&self, route: &str) -> usize {
        self.state.requests.lock().iter().filter(|request| matches(route, &request.route)).count()
    }

    /// Turns an outage on or off: during an outage every request is answered with 503 `unavailable`.
    pub fn set_failing(&self, is_failing: bool) {
        self.state.is_failing.store(is_failing, Ordering::SeqCst);
    }

    /// Withholds answers until [`resume`](Self::resume).
    pub fn pause(&self) {
        self.state.is_paused.send_replace(true);
    }

    /// Sends the answers that were withheld.
    pub fn resume(&self) {
        self.state.is_paused.send_replace(false);
    }

    /// The router to register with [`ServiceClients`](boxoffice_http::ServiceClients).
    pub fn router(&self) -> Router {
        Router::new().fallback(serve).with_state(self.state.clone())
    }
}

async fn serve(State(state): State<Arc<FakeState>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let route = format!("{} {path}", head.method);
    state.requests.lock().push(ReceivedRequest {
        route: route.clone(),
        headers: head.headers.clone(),
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    });
    let canned = state.answers.lock().iter().rev().find(|answer| matches(&answer.route, &route)).cloned();
    let response = if state.is_failing.load(Ordering::SeqCst) {
        Problem::new(&codes::UNAVAILABLE, "the fake service is out of order").into_response()
    } else if let Some(canned) = canned {
        canned.into_response()
    } else {
        let Ok(response) = state.router.clone().oneshot(Request::from_parts(head, Body::from(bytes))).await;
        response
    };
    let mut is_paused = state.is_paused.subscribe();
    is_paused.wait_for(|is_paused| !is_paused).await.unwrap();
    response
}

impl IntoResponse for CannedAnswer {
    fn into_response(self) -> Response {
        let kind = if self.status.as_u16() < 400 { "application/json" } else { "application/problem+json" };
        if self.body.is_null() {
            return self.status.into_response();
        }
        (self.status, [("content-type", kind)], self.body.to_string()).into_response()
    }
}

/// Whether `received`, a `METHOD /path?query`, matches the route `pattern`.
fn matches(pattern: &str, received: &str) -> bool {
    let path = received.split('?').next().unwrap_or_default();
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(&path).all(|(expected, part)| expected.starts_with('{') || expected == part)
}
