//! Calls from one service to another in the same process.

mod error;
mod response;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Method, Request, Response, header},
};
use boxoffice_clock::Clock;
use boxoffice_envelope::Origin;
use boxoffice_identity::Credential;
use parking_lot::Mutex;
use serde::Serialize;
use tower::ServiceExt;

pub use error::ClientError;
pub use response::ClientResponse;

use crate::context::{REQUEST_ID, TRACEPARENT};

/// Default timeout of a call.
const TIMEOUT: Duration = Duration::from_secs(3);

type Slot = Arc<OnceLock<Router>>;

/// Creates clients of the services of this process. Cheap to clone; clones share the registered services.
///
/// A client may be created before the service is registered, because two services can be clients of each other.
#[derive(Clone)]
pub struct ServiceClients {
    clock: Clock,
    slots: Arc<Mutex<HashMap<String, Slot>>>,
}

impl Default for ServiceClients {
    fn default() -> Self {
        Self::new(Clock::system())
    }
}

impl ServiceClients {
    /// Starts without registered services. `clock` measures the timeouts.
    pub fn new(clock: Clock) -> Self {
        Self { clock, slots: Arc::default() }
    }

    /// Registers the service `name` with its `router`, to which [`Middleware`](crate::Middleware) is applied.
    ///
    /// # Panics
    /// When `name` is registered already.
    pub fn register(&self, name: &str, router: Router) {
        assert!(self.slot(name).set(router).is_ok(), "two services are called {name}");
    }

    /// Creates a client of the service `name` that authenticates with `credential`.
    pub fn client(&self, name: &str, credential: Credential) -> ServiceClient {
        let transport = Transport::InProcess(self.slot(name));
        ServiceClient { name: name.into(), transport, credential, clock: self.clock.clone(), timeout: TIMEOUT }
    }

    fn slot(&self, name: &str) -> Slot {
        self.slots.lock().entry(name.to_owned()).or_default().clone()
    }
}

/// Escapes `text` as one segment of a path or one value of a query (RFC 3986, section 2).
pub fn path_segment(text: &str) -> String {
    // Form encoding differs from percent-encoding only in the space, which it writes as `+`.
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Client of another service. Cheap to clone.
#[derive(Clone)]
pub struct ServiceClient {
    name: Arc<str>,
    transport: Transport,
    credential: Credential,
    clock: Clock,
    timeout: Duration,
}

/// The way in which requests reach a service.
#[derive(Clone)]
enum Transport {
    /// Calls the router of the service in this process, without a socket.
    InProcess(Slot),
}

impl ServiceClient {
    /// Sets the timeout; 3 s by default.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sends a GET request; see [`ServiceClient::send`].
    ///
    /// # Errors
    /// As [`ServiceClient::send`].
    pub async fn get(&self, path: &str, origin: &Origin) -> Result<ClientResponse, ClientError> {
        self.send(Method::GET, path, origin, None::<&()>).await
    }

    /// Sends a POST request; see [`ServiceClient::send`].
    ///
    /// # Errors
    /// As [`ServiceClient::send`].
    pub async fn post(
        &self,
        path: &str,
        origin: &Origin,
        body: &impl Serialize,
    ) -> Result<ClientResponse, ClientError> {
        self.send(Method::POST, path, origin, Some(body)).await
    }

    /// Sends one request without retries, and waits for its 2xx response. The caller decides about retries: after
    /// [`ClientError::Unavailable`] the request had no effect, after [`ClientError::OutcomeUnknown`] it may have had one.
    ///
    /// # Errors
    /// When the service refuses, is unavailable, does not answer in time, or sends a malformed response.
    ///
    /// # Panics
    /// When `body` cannot be written as JSON.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        origin: &Origin,
        body: Option<&impl Serialize>,
    ) -> Result<ClientResponse, ClientError> {
        let request = self.request(method, path, origin, body)?;
        tokio::select! {
            biased;
            answer = self.answer(request) => answer,
            () = self.clock.sleep(self.timeout) => {
                Err(self.outcome_unknown(format!("no response within {} seconds", self.timeout.as_secs_f32())))
            }
        }
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        origin: &Origin,
        body: Option<&impl Serialize>,
    ) -> Result<Request<Body>, ClientError> {
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", self.credential.bearer()))
            .expect("a header value may contain base64url and dots");
        bearer.set_sensitive(true);
        let mut request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, bearer);
        if !origin.correlation_id.is_empty() {
            request = request.header(REQUEST_ID, &origin.correlation_id);
        }
        if let Some(trace) = &origin.traceparent {
            request = request.header(TRACEPARENT, trace);
        }
        let request = match body {
            Some(body) => {
                let json = serde_json::to_vec(body).expect("a body is a plain structure");
                request.header(header::CONTENT_TYPE, "application/json").body(json.into())
            }
            None => request.body(Body::empty()),
        };
        request.map_err(|error| self.unavailable(format!("the request cannot be built: {error}")))
    }

    async fn answer(&self, request: Request<Body>) -> Result<ClientResponse, ClientError> {
        let response: Response<Body> = match &self.transport {
            Transport::InProcess(slot) => {
                let router = slot
                    .get()
                    .ok_or_else(|| self.unavailable("the service does not run in this process".to_owned()))?;
                router.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
            }
        };
        ClientResponse::read(&self.name, response).await
    }

    fn unavailable(&self, reason: String) -> ClientError {
        ClientError::Unavailable { service: self.name.to_string(), reason, retry_after: None }
    }

    fn outcome_unknown(&self, reason: String) -> ClientError {
        ClientError::OutcomeUnknown { service: self.name.to_string(), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_escaped_as_one_path_segment() {
        assert_eq!(path_segment("ada"), "ada");
        assert_eq!(path_segment("auth0|7/../8?x=é %41+"), "auth0%7C7%2F..%2F8%3Fx%3D%C3%A9%20%2541%2B");
    }
}
