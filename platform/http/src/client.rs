//! How one service asks another: the same call in one process and across the network.

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

/// How long a service may take, unless it is said otherwise.
const TIMEOUT: Duration = Duration::from_secs(3);

type Slot = Arc<OnceLock<Router>>;

/// The services of this process, by name. Cheap to clone; clones share the list. A service may be taken before its
/// router is registered, since two services can be clients of each other.
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
    /// None yet; time limits run by `clock`.
    pub fn new(clock: Clock) -> Self {
        Self { clock, slots: Arc::default() }
    }

    /// From here on `name` is answered by `router`, in its [`Middleware`](crate::Middleware).
    ///
    /// # Panics
    /// When `name` is taken, which is a fault of the start-up.
    pub fn register(&self, name: &str, router: Router) {
        assert!(self.slot(name).set(router).is_ok(), "two services are called {name}");
    }

    /// The service `name`, which will be shown `credential`.
    pub fn client(&self, name: &str, credential: Credential) -> ServiceClient {
        let transport = Transport::InProcess(self.slot(name));
        ServiceClient { name: name.into(), transport, credential, clock: self.clock.clone(), timeout: TIMEOUT }
    }

    fn slot(&self, name: &str) -> Slot {
        self.slots.lock().entry(name.to_owned()).or_default().clone()
    }
}

/// `text` as one segment of a path, or one value of a query (RFC 3986, section 2).
pub fn path_segment(text: &str) -> String {
    // What is made for forms differs from that in one character.
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// One other service. Cheap to clone.
#[derive(Clone)]
pub struct ServiceClient {
    name: Arc<str>,
    transport: Transport,
    credential: Credential,
    clock: Clock,
    timeout: Duration,
}

/// How requests reach a service.
#[derive(Clone)]
enum Transport {
    /// Its router is called; no socket.
    InProcess(Slot),
}

impl ServiceClient {
    /// The same service with another time limit; three seconds unless this is called.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// [`ServiceClient::send`] without a body.
    ///
    /// # Errors
    /// As [`ServiceClient::send`].
    pub async fn get(&self, path: &str, origin: &Origin) -> Result<ClientResponse, ClientError> {
        self.send(Method::GET, path, origin, None::<&()>).await
    }

    /// [`ServiceClient::send`] with `POST`.
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

    /// Sends one request, once, and waits for its answer with a status of 2xx. Whoever asks repeats it as is fit:
    /// [`ClientError::Unavailable`] had no effect, [`ClientError::Unknown`] may have had one.
    ///
    /// # Errors
    /// When the service refuses, is not there, does not answer in time, or answers what cannot be read.
    ///
    /// # Panics
    /// When `body` has no JSON, which is a fault of its type.
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
                Err(self.unknown(format!("no answer within {} seconds", self.timeout.as_secs_f32())))
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
            .expect("a token is base64url with dots between");
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
        request.map_err(|error| self.unavailable(format!("the request cannot be written: {error}")))
    }

    async fn answer(&self, request: Request<Body>) -> Result<ClientResponse, ClientError> {
        let response: Response<Body> = match &self.transport {
            Transport::InProcess(slot) => {
                let router = slot.get().ok_or_else(|| self.unavailable("it does not run here".to_owned()))?;
                router.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
            }
        };
        ClientResponse::read(&self.name, response).await
    }

    fn unavailable(&self, reason: String) -> ClientError {
        ClientError::Unavailable { service: self.name.to_string(), reason, retry_after: None }
    }

    fn unknown(&self, reason: String) -> ClientError {
        ClientError::Unknown { service: self.name.to_string(), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_segment_of_a_path_whatever_is_in_it() {
        assert_eq!(path_segment("ada"), "ada");
        assert_eq!(path_segment("auth0|7/../8?x=é %41+"), "auth0%7C7%2F..%2F8%3Fx%3D%C3%A9%20%2541%2B");
    }
}
