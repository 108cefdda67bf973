//! Clients of the other services. Only handlers of requests and tasks call them, never commands.

use std::collections::{BTreeSet, HashMap};

use boxoffice_contracts::{BookingId, UserId};
use boxoffice_envelope::Origin;
use boxoffice_http::{ClientError, ServiceClient, ServiceClients};
use boxoffice_identity::Credential;
use serde::{Deserialize, Serialize};

use crate::domain::Recipient;

/// Reads the addresses of recipients from the users service. Cheap to clone.
#[derive(Clone)]
pub struct RecipientsClient(ServiceClient);

#[derive(Serialize)]
struct AddressesRequest<'a> {
    ids: &'a BTreeSet<UserId>,
}

#[derive(Deserialize)]
struct AddressResponse {
    id: UserId,
    name: String,
    email: String,
}

impl RecipientsClient {
    /// Sends its requests with `credential`.
    pub fn new(clients: &ServiceClients, credential: Credential) -> Self {
        Self(clients.client("users", credential))
    }

    /// The recipients with these ids, at most 500. Unknown and deleted users are left out.
    pub async fn recipients(
        &self,
        ids: &BTreeSet<UserId>,
        origin: &Origin,
    ) -> Result<HashMap<UserId, Recipient>, ClientError> {
        let response = self.0.post("/internal/addresses", origin, &AddressesRequest { ids }).await?;
        let addresses: Vec<AddressResponse> = response.json()?;
        Ok(addresses.into_iter().map(|AddressResponse { id, name, email }| (id, Recipient { name, email })).collect())
    }
}

/// Reads the owners of bookings from the bookings service. Cheap to clone.
#[derive(Clone)]
pub struct BookingsClient(ServiceClient);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OwnerResponse {
    user_id: UserId,
}

impl BookingsClient {
    /// Sends its requests with `credential`.
    pub fn new(clients: &ServiceClients, credential: Credential) -> Self {
        Self(clients.client("bookings", credential))
    }

    /// The user who owns the booking; `None` when the booking does not exist.
    pub async fn owner(&self, id: BookingId, origin: &Origin) -> Result<Option<UserId>, ClientError> {
        match self.0.get(&format!("/internal/bookings/{id}"), origin).await {
            Ok(response) => Ok(Some(response.json::<OwnerResponse>()?.user_id)),
            Err(ClientError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
