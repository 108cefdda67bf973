//! Questions to other services, asked outside any batch.

use std::collections::{BTreeSet, HashMap};

use boxoffice_contracts::{BookingId, UserId};
use boxoffice_envelope::Origin;
use boxoffice_http::{ClientError, ServiceClient, ServiceClients};
use boxoffice_identity::Credential;
use boxoffice_users_client::UsersClient;
use serde::{Deserialize, Serialize};

use crate::domain::Recipient;

/// The service that knows people. Cheap to clone; clones share what they remember.
#[derive(Clone)]
pub struct Users {
    client: ServiceClient,
    user_ids: UsersClient,
}

#[derive(Serialize)]
struct Recipients<'a> {
    ids: &'a BTreeSet<UserId>,
}

#[derive(Deserialize)]
struct Address {
    id: UserId,
    name: String,
    email: String,
}

impl Users {
    /// Asks with `credential`.
    pub fn new(clients: &ServiceClients, credential: Credential) -> Self {
        let client = clients.client("users", credential);
        Self { user_ids: UsersClient::new(client.clone()), client }
    }

    /// The user whose tokens have this subject; none when nobody has a profile under it.
    pub async fn of_subject(&self, subject: &str, origin: &Origin) -> Result<Option<UserId>, ClientError> {
        self.user_ids.user_id(subject, origin).await
    }

    /// Where mail to each of `ids` goes, at most 500 of them. Who is unknown or deleted is missing.
    pub async fn recipients(
        &self,
        ids: &BTreeSet<UserId>,
        origin: &Origin,
    ) -> Result<HashMap<UserId, Recipient>, ClientError> {
        let answer = self.client.post("/internal/addresses", origin, &Recipients { ids }).await?;
        let addresses: Vec<Address> = answer.json()?;
        Ok(addresses.into_iter().map(|Address { id, name, email }| (id, Recipient { name, email })).collect())
    }
}

/// The service that knows whose a booking is. Cheap to clone.
#[derive(Clone)]
pub struct Bookings(ServiceClient);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owned {
    user_id: UserId,
}

impl Bookings {
    /// Asks with `credential`.
    pub fn new(clients: &ServiceClients, credential: Credential) -> Self {
        Self(clients.client("bookings", credential))
    }

    /// Whose the booking is; none when there is none.
    pub async fn owner(&self, id: BookingId, origin: &Origin) -> Result<Option<UserId>, ClientError> {
        match self.0.get(&format!("/internal/bookings/{id}"), origin).await {
            Ok(answer) => Ok(Some(answer.json::<Owned>()?.user_id)),
            Err(ClientError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
