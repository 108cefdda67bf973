//! Calls to other services, made before a command runs.

use boxoffice_contracts::UserId;
use boxoffice_envelope::Origin;
use boxoffice_http::{ClientError, ServiceClient, ServiceClients};
use boxoffice_identity::Credential;
use serde::{Deserialize, Serialize};

/// Calls the bookings service. Cheap to clone.
#[derive(Clone)]
pub struct BookingsClient(ServiceClient);

#[derive(Serialize)]
struct RetireRequest {
    version: i64,
}

/// The answer of bookings about a user who is to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetireResponse {
    /// Whether the user has bookings that are `PENDING` or `CONFIRMED`.
    pub has_bookings: bool,
    /// Whether bookings rejects new bookings of the user until it consumes a later version of the user or the deletion.
    pub retired: bool,
}

impl BookingsClient {
    /// Sends requests with `credential`, the token of this service.
    pub fn new(clients: &ServiceClients, credential: Credential) -> Self {
        Self(clients.client("bookings", credential))
    }

    /// Announces that the user is about to be deleted at this version.
    ///
    /// # Errors
    /// When bookings does not answer or refuses the request.
    pub async fn retire(&self, user: UserId, version: i64, origin: &Origin) -> Result<RetireResponse, ClientError> {
        self.0.post(&format!("/internal/customers/{user}/retire"), origin, &RetireRequest { version }).await?.json()
    }
}
