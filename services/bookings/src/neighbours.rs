//! Questions to other services, asked before a command is queued.

use std::time::Duration;

use boxoffice_contracts::{BookingId, Currency, EventId, Lines, OrganizerId, PaymentToken, UserId};
use boxoffice_envelope::Origin;
use boxoffice_http::{ClientError, ServiceClient, ServiceClients, client::path_segment};
use boxoffice_identity::Credential;
use boxoffice_users_client::UsersClient;
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

/// How many payment tokens are remembered, of those that are known and of those that are not.
const TOKENS: u64 = 50_000;

/// How long it is remembered that a payment token is not known: it may be given out any moment.
const UNKNOWN_FOR: Duration = Duration::from_secs(2);

/// The longest payment token that is asked about, in characters.
const LONGEST_TOKEN: usize = 200;

/// The services that bookings asks.
pub struct Neighbours {
    inventory: ServiceClient,
    users: ServiceClient,
    user_ids: UsersClient,
    payments: ServiceClient,
    known_tokens: Cache<String, ()>,
    unknown_tokens: Cache<String, ()>,
}

/// What inventory is asked for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HoldWanted<'a, L> {
    /// The hold's id, which the booking will have.
    pub id: BookingId,
    /// The subject of the token that asks.
    pub owner: &'a str,
    /// What to hold; none for a hold that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<&'a [L]>,
}

/// A hold that inventory has.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// Its id.
    pub id: BookingId,
    /// What is held, at which prices.
    pub lines: Lines,
    /// Of all lines.
    pub currency: Currency,
    /// Who sells.
    pub organizer_id: OrganizerId,
    /// Where it stands.
    pub status: HoldStatus,
}

/// Where a hold stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HoldStatus {
    /// A booking can be made from it.
    Held,
    /// It belongs to a booking, or is over.
    #[serde(other)]
    Otherwise,
}

/// A user whom users knows.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// The `sub` of the user's tokens.
    #[serde(default)]
    pub subject: Option<String>,
}

/// A version of a user.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: i64,
}

/// What a subject is to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It acts for the event's organizer.
    Organizer,
    /// It does not.
    Stranger,
}

impl Neighbours {
    /// Asks `clients`, who are shown `credential`.
    pub fn new(clients: &ServiceClients, credential: &Credential) -> Self {
        let client = |name| clients.client(name, credential.clone());
        let users = client("users");
        Self {
            inventory: client("inventory"),
            user_ids: UsersClient::new(users.clone()),
            users,
            payments: client("payments"),
            known_tokens: Cache::new(TOKENS),
            unknown_tokens: Cache::builder().max_capacity(TOKENS).time_to_live(UNKNOWN_FOR).build(),
        }
    }

    /// Takes a hold, all lines or none; the same hold again when it is repeated.
    ///
    /// # Errors
    /// [`ClientError`]; only after [`ClientError::Unknown`] and [`ClientError::Malformed`] may there be a hold, which
    /// runs out by itself.
    pub async fn take_hold<L: Serialize>(
        &self,
        wanted: &HoldWanted<'_, L>,
        origin: &Origin,
    ) -> Result<Hold, ClientError> {
        self.inventory.post("/internal/holds", origin, wanted).await?.json()
    }

    /// Gives a hold back. When that fails, it runs out by itself.
    pub async fn give_back(&self, id: BookingId, origin: &Origin) {
        let path = format!("/internal/holds/{id}");
        if let Err(error) = self.inventory.send(axum::http::Method::DELETE, &path, origin, None::<&()>).await {
            tracing::debug!(%id, %error, "a hold could not be given back; it runs out");
        }
    }

    /// The user whose tokens have this subject.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn user_of(&self, subject: &str, origin: &Origin) -> Result<Option<UserId>, ClientError> {
        self.user_ids.current_user_id(subject, origin).await
    }

    /// The user with this id.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn user(&self, id: UserId, origin: &Origin) -> Result<Option<User>, ClientError> {
        let user = absent_if_404(self.users.get(&format!("/internal/users/{id}"), origin).await)?;
        user.map(|answer| answer.json()).transpose()
    }

    /// Asks users to keep a user whom it was about to delete as this `version`, unless that is done already. The version
    /// that it has, which no earlier deletion can end any more; none when the user is gone.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn keep_user(&self, id: UserId, version: i64, origin: &Origin) -> Result<Option<i64>, ClientError> {
        let kept =
            absent_if_404(self.users.post(&format!("/internal/users/{id}/keep"), origin, &Kept { version }).await)?;
        kept.map(|answer| Ok(answer.json::<Kept>()?.version)).transpose()
    }

    /// Whether the payment provider can be asked to charge with a token. That one is known stays true; that one is not
    /// is remembered for two seconds.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn knows(&self, token: &PaymentToken, origin: &Origin) -> Result<bool, ClientError> {
        let token = token.reveal();
        if self.known_tokens.contains_key(token) {
            return Ok(true);
        }
        if token.is_empty() || token.chars().count() > LONGEST_TOKEN || self.unknown_tokens.contains_key(token) {
            return Ok(false);
        }
        let path = format!("/internal/payment-tokens/{}", path_segment(token));
        let known = match self.payments.get(&path, origin).await {
            // Malformed tokens are as unknown as others.
            Err(ClientError::Refused { status: 400, .. }) => false,
            answer => absent_if_404(answer)?.is_some(),
        };
        let remembered = if known { &self.known_tokens } else { &self.unknown_tokens };
        remembered.insert(token.to_owned(), ());
        Ok(known)
    }

    /// What a subject is to an event; none when there is no such event.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn standing(
        &self,
        event: EventId,
        subject: &str,
        origin: &Origin,
    ) -> Result<Option<Standing>, ClientError> {
        let path = format!("/internal/organizers/of-event/{event}?subject={}", path_segment(subject));
        match self.inventory.get(&path, origin).await {
            Err(ClientError::Refused { status: 403, .. }) => Ok(Some(Standing::Stranger)),
            answer => Ok(absent_if_404(answer)?.map(|_| Standing::Organizer)),
        }
    }
}

fn absent_if_404<T>(answer: Result<T, ClientError>) -> Result<Option<T>, ClientError> {
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
    fn states_that_are_not_known_here_are_no_held_ones() {
        let status = |json: &str| serde_json::from_str::<HoldStatus>(json).unwrap();
        assert_eq!(status(r#""held""#), HoldStatus::Held);
        assert_eq!(status(r#""claimed""#), HoldStatus::Otherwise);
        assert_eq!(status(r#""sold""#), HoldStatus::Otherwise);
    }
}
