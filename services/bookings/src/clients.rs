//! Clients of the services that bookings calls. Handlers call them before they run a command, never within one.

use std::time::Duration;

use boxoffice_contracts::{BookingId, Currency, EventId, Lines, OrganizerId, PaymentToken, RequestedLine, UserId};
use boxoffice_envelope::Origin;
use boxoffice_http::{ClientError, ServiceClient, ServiceClients, client::path_segment};
use boxoffice_identity::Credential;
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

/// The capacity of each of the two caches of payment tokens.
const CACHED_TOKENS: u64 = 50_000;

/// How long an unknown payment token is cached. The provider may issue it at any time.
const UNKNOWN_TOKEN_TTL: Duration = Duration::from_secs(2);

/// The maximum length of a payment token that payments is asked about, in characters.
const MAX_TOKEN_CHARS: usize = 200;

/// The clients of all services that bookings calls.
pub struct Clients {
    /// Holds, and the organizers of events.
    pub inventory: InventoryClient,
    /// The users of tokens.
    pub users: UsersClient,
    /// Checks of payment tokens, with a cache.
    pub payments: PaymentsClient,
}

impl Clients {
    /// Sends requests through `clients`, authenticated by `credential`.
    pub fn new(clients: &ServiceClients, credential: &Credential) -> Self {
        let client = |name| clients.client(name, credential.clone());
        Self {
            inventory: InventoryClient(client("inventory")),
            users: UsersClient::new(client("users")),
            payments: PaymentsClient::new(client("payments")),
        }
    }
}

/// Client of the inventory service.
pub struct InventoryClient(ServiceClient);

/// A request for a hold.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HoldRequest<'a> {
    /// Id of the hold, which becomes the id of the booking.
    pub id: BookingId,
    /// The subject of the caller's token.
    pub owner: &'a str,
    /// The lines to hold; `None` asks for an existing hold of the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<&'a [RequestedLine]>,
}

/// A hold of inventory.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// Id of the hold.
    pub id: BookingId,
    /// The held lines with their prices.
    pub lines: Lines,
    /// Currency of all lines.
    pub currency: Currency,
    /// The organizer who sells all of the lines.
    pub organizer_id: OrganizerId,
    /// Whether the hold can be booked.
    pub status: HoldStatus,
}

/// The status of a hold, as far as bookings distinguishes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HoldStatus {
    /// The hold can be booked.
    Held,
    /// The hold is booked, released or expired.
    #[serde(other)]
    Other,
}

/// The access of a subject to the bookings of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventAccess {
    /// The subject acts for the organizer of the event.
    Organizer,
    /// The subject does not act for the organizer.
    Denied,
}

impl InventoryClient {
    /// Takes a hold of all lines, or none. A repeated request answers the same hold.
    ///
    /// # Errors
    /// [`ClientError`]. After [`ClientError::OutcomeUnknown`] and [`ClientError::Malformed`] the hold may exist; it expires on
    /// its own.
    pub async fn take_hold(&self, request: &HoldRequest<'_>, origin: &Origin) -> Result<Hold, ClientError> {
        self.0.post("/internal/holds", origin, request).await?.json()
    }

    /// Releases a hold. A failure is only logged, because the hold expires on its own.
    pub async fn release_hold(&self, id: BookingId, origin: &Origin) {
        let path = format!("/internal/holds/{id}");
        if let Err(error) = self.0.send(axum::http::Method::DELETE, &path, origin, None::<&()>).await {
            tracing::debug!(%id, %error, "could not release hold; it expires on its own");
        }
    }

    /// The access of `subject` to the bookings of the event; `None` if the event does not exist.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn event_access(
        &self,
        event: EventId,
        subject: &str,
        origin: &Origin,
    ) -> Result<Option<EventAccess>, ClientError> {
        let path = format!("/internal/organizers/of-event/{event}?subject={}", path_segment(subject));
        match self.0.get(&path, origin).await {
            Err(ClientError::Refused { status: 403, .. }) => Ok(Some(EventAccess::Denied)),
            answer => Ok(none_if_404(answer)?.map(|_| EventAccess::Organizer)),
        }
    }
}

/// Client of the users service.
pub struct UsersClient {
    client: ServiceClient,
    subjects: boxoffice_users_client::UsersClient,
}

/// A user of the users service.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// Id of the user.
    pub id: UserId,
    /// The `sub` of the user's tokens; `None` for a user who cannot sign in.
    #[serde(default)]
    pub subject: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct UserVersion {
    version: i64,
}

impl UsersClient {
    fn new(client: ServiceClient) -> Self {
        Self { subjects: boxoffice_users_client::UsersClient::new(client.clone()), client }
    }

    /// Id of the user whose tokens have this subject; `None` when no user has it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn user_id(&self, subject: &str, origin: &Origin) -> Result<Option<UserId>, ClientError> {
        self.subjects.current_user_id(subject, origin).await
    }

    /// The user with this id; `None` when no user has it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn user(&self, id: UserId, origin: &Origin) -> Result<Option<User>, ClientError> {
        let user = none_if_404(self.client.get(&format!("/internal/users/{id}"), origin).await)?;
        user.map(|answer| answer.json()).transpose()
    }

    /// Asks users to keep a user whom it was about to delete at `version`. Returns the user's current version, which no
    /// earlier deletion can remove any more; `None` when the user is deleted. Repeating the call changes nothing.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn keep_user(&self, id: UserId, version: i64, origin: &Origin) -> Result<Option<i64>, ClientError> {
        let path = format!("/internal/users/{id}/keep");
        let kept = none_if_404(self.client.post(&path, origin, &UserVersion { version }).await)?;
        kept.map(|answer| Ok(answer.json::<UserVersion>()?.version)).transpose()
    }
}

/// Client of the payments service, with a cache of payment tokens.
pub struct PaymentsClient {
    client: ServiceClient,
    known_tokens: Cache<String, ()>,
    unknown_tokens: Cache<String, ()>,
}

impl PaymentsClient {
    fn new(client: ServiceClient) -> Self {
        let unknown_tokens = Cache::builder().max_capacity(CACHED_TOKENS).time_to_live(UNKNOWN_TOKEN_TTL).build();
        Self { client, known_tokens: Cache::new(CACHED_TOKENS), unknown_tokens }
    }

    /// Whether the payment provider can charge `token`. A known token is cached without a time limit, an unknown one for
    /// two seconds.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn knows_token(&self, token: &PaymentToken, origin: &Origin) -> Result<bool, ClientError> {
        let token = token.reveal();
        if self.known_tokens.contains_key(token) {
            return Ok(true);
        }
        if token.is_empty() || token.chars().count() > MAX_TOKEN_CHARS || self.unknown_tokens.contains_key(token) {
            return Ok(false);
        }
        let path = format!("/internal/payment-tokens/{}", path_segment(token));
        let known = match self.client.get(&path, origin).await {
            // A malformed token is an unknown token.
            Err(ClientError::Refused { status: 400, .. }) => false,
            answer => none_if_404(answer)?.is_some(),
        };
        let cache = if known { &self.known_tokens } else { &self.unknown_tokens };
        cache.insert(token.to_owned(), ());
        Ok(known)
    }
}

fn none_if_404<T>(answer: Result<T, ClientError>) -> Result<Option<T>, ClientError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(ClientError::Refused { status: 404, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_held_means_that_a_hold_can_be_booked() {
        let status = |json: &str| serde_json::from_str::<HoldStatus>(json).unwrap();
        assert_eq!(status(r#""held""#), HoldStatus::Held);
        assert_eq!(status(r#""claimed""#), HoldStatus::Other);
        assert_eq!(status(r#""sold""#), HoldStatus::Other);
    }
}
