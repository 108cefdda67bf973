//! Questions to other services, asked before a command is queued.

use boxoffice_contracts::UserId;
use boxoffice_envelope::Origin;
use boxoffice_http::{ClientError, ServiceClient, ServiceClients};
use boxoffice_identity::Credential;
use serde::{Deserialize, Serialize};

/// The service that knows what was booked for whom. Cheap to clone.
#[derive(Clone)]
pub struct Bookings(ServiceClient);

#[derive(Serialize)]
struct Leaver {
    version: i64,
}

/// What bookings says about a user who is to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leave {
    /// There are bookings that are PENDING or CONFIRMED.
    pub has_bookings: bool,
    /// Nothing is booked for the user any more, until it is heard that the user is gone, or was saved as a later version.
    pub retired: bool,
}

impl Bookings {
    /// Asks with `credential`.
    pub fn new(clients: &ServiceClients, credential: Credential) -> Self {
        Self(clients.client("bookings", credential))
    }

    /// Tells bookings that the user is about to be deleted as this version.
    pub async fn retire(&self, user: UserId, version: i64, origin: &Origin) -> Result<Leave, ClientError> {
        self.0.post(&format!("/internal/customers/{user}/retire"), origin, &Leaver { version }).await?.json()
    }
}
