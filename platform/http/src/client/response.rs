use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Response, StatusCode, header},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::ClientError;
use crate::{FieldError, codes, problem};

/// Maximum size of a response body, in bytes.
const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;

/// A 2xx response of another service.
#[derive(Clone, Debug)]
pub struct ClientResponse {
    /// The status, 200 to 299.
    pub status: StatusCode,
    /// The headers of the response.
    pub headers: HeaderMap,
    /// The body; empty for 204.
    pub body: Bytes,
    service: Arc<str>,
}

/// A problem in the response of another service.
#[derive(Deserialize)]
struct Refused {
    code: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    errors: Vec<FieldError>,
}

impl ClientResponse {
    /// Reads the JSON body as `T`.
    ///
    /// # Errors
    /// [`ClientError::Malformed`] when the body is not a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| ClientError::Malformed { service: self.service.to_string(), reason: error.to_string() })
    }

    pub(super) async fn read(service: &Arc<str>, response: Response<Body>) -> Result<Self, ClientError> {
        let (head, body) = response.into_parts();
        let body = match axum::body::to_bytes(body, MAX_RESPONSE_BYTES).await {
            Ok(body) => body,
            Err(error) => {
                return Err(ClientError::OutcomeUnknown { service: service.to_string(), reason: error.to_string() });
            }
        };
        let answer = Self { status: head.status, headers: head.headers, body, service: service.clone() };
        if answer.status.is_success() { Ok(answer) } else { Err(answer.error()) }
    }

    fn error(&self) -> ClientError {
        let is_problem = self.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == problem::MEDIA_TYPE);
        let refused: Option<Refused> = if is_problem { serde_json::from_slice(&self.body).ok() } else { None };
        let service = self.service.to_string();
        let status = self.status.as_u16();
        match refused {
            Some(Refused { code, detail, .. }) if code == codes::UNAVAILABLE.code || code == codes::BUSY.code => {
                ClientError::Unavailable { service, reason: detail, retry_after: self.retry_after() }
            }
            // Any other 5xx may come from a failure in the middle of the request, or from a proxy.
            _ if self.status.is_server_error() => {
                ClientError::OutcomeUnknown { service, reason: format!("status {status}") }
            }
            Some(Refused { code, detail, errors }) => ClientError::Refused { service, status, code, detail, errors },
            None => {
                ClientError::Refused { service, status, code: String::new(), detail: String::new(), errors: Vec::new() }
            }
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}
