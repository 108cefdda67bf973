//! Clients of the services that orders calls. Handlers call them before they run a command, never within one.

use boxoffice_contracts::{BookingId, Currency, Lines, OrganizerId, PaymentToken, RequestedLine, UserId};
use boxoffice_envelope::Origin;
use boxoffice_http::{
    ClientError, Problem, ServiceClient, ServiceClients,
    client::path_segment,
    codes::{self, field},
};
use boxoffice_identity::Credential;
use serde::{Deserialize, Serialize};

use crate::error::{NOT_CANCELLABLE, QUOTE_REFUSALS, RETRY_AFTER, UNKNOWN_PAYMENT_TOKEN, read_failed};

/// The clients of all services that orders calls. Cheap to clone; clones share their caches.
#[derive(Clone)]
pub struct Clients {
    /// Look-ups of users and their tokens.
    pub users: UsersClient,
    /// Checks of payment tokens.
    pub payments: PaymentsClient,
    /// Quotes of the current prices.
    pub inventory: InventoryClient,
    /// Client of bookings for cancellations.
    pub bookings: BookingsClient,
}

impl Clients {
    /// Sends requests through `clients`, authenticated by `credential`.
    pub fn new(clients: &ServiceClients, credential: &Credential) -> Self {
        let client = |name| clients.client(name, credential.clone());
        Self {
            users: UsersClient::new(client("users")),
            payments: PaymentsClient(client("payments")),
            inventory: InventoryClient(client("inventory")),
            bookings: BookingsClient(client("bookings")),
        }
    }
}

/// Client of the users service.
#[derive(Clone)]
pub struct UsersClient {
    client: ServiceClient,
    subjects: boxoffice_users_client::UsersClient,
}

impl UsersClient {
    fn new(client: ServiceClient) -> Self {
        Self { subjects: boxoffice_users_client::UsersClient::new(client.clone()), client }
    }

    /// Id of the user whose tokens have this subject, possibly from a cache; `None` when no user has it.
    ///
    /// # Errors
    /// `unavailable` when users does not answer.
    pub async fn user_id(&self, subject: &str, origin: &Origin) -> Result<Option<UserId>, Problem> {
        self.subjects.user_id(subject, origin).await.map_err(read_failed)
    }

    /// As [`UsersClient::user_id`] without the cache, for a change on behalf of a user who may have been deleted.
    ///
    /// # Errors
    /// As [`UsersClient::user_id`].
    pub async fn current_user_id(&self, subject: &str, origin: &Origin) -> Result<Option<UserId>, Problem> {
        self.subjects.current_user_id(subject, origin).await.map_err(read_failed)
    }

    /// Whether a user has this id.
    ///
    /// # Errors
    /// As [`UsersClient::user_id`].
    pub async fn exists(&self, id: UserId, origin: &Origin) -> Result<bool, Problem> {
        match self.client.get(&format!("/internal/users/{id}"), origin).await {
            Ok(_) => Ok(true),
            Err(ClientError::Refused { status: 404, .. }) => Ok(false),
            Err(error) => Err(read_failed(error)),
        }
    }
}

/// Client of the payments service.
#[derive(Clone)]
pub struct PaymentsClient(ServiceClient);

impl PaymentsClient {
    /// Refuses a token that the payment provider does not know.
    ///
    /// # Errors
    /// [`UNKNOWN_PAYMENT_TOKEN`], and `unavailable` when payments does not answer.
    pub async fn require_token(&self, token: &PaymentToken, origin: &Origin) -> Result<(), Problem> {
        match self.0.get(&format!("/internal/payment-tokens/{}", path_segment(token.reveal())), origin).await {
            Ok(_) => Ok(()),
            // The problem does not repeat the token, because a token authorizes charges.
            Err(ClientError::Refused { status: 400 | 404, .. }) => {
                let detail = "the payment provider does not know the paymentToken";
                let problem = Problem::new(&UNKNOWN_PAYMENT_TOKEN, detail);
                Err(problem.with_field("paymentToken", field::FORMAT, "unknown to the payment provider"))
            }
            Err(error) => Err(read_failed(error)),
        }
    }
}

/// Client of the inventory service.
#[derive(Clone)]
pub struct InventoryClient(ServiceClient);

#[derive(Serialize)]
struct QuoteRequest<'a> {
    lines: &'a [RequestedLine],
}

/// The current prices of requested lines.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    /// The lines with their prices, in the requested order.
    pub lines: Lines,
    /// Currency of all lines.
    pub currency: Currency,
    /// The organizer who sells all of the lines.
    pub organizer_id: OrganizerId,
}

impl InventoryClient {
    /// The current prices of `lines`.
    ///
    /// # Errors
    /// The refusals of inventory in [`QUOTE_REFUSALS`], and `unavailable` when inventory does not answer.
    pub async fn quote(&self, lines: &[RequestedLine], origin: &Origin) -> Result<Quote, Problem> {
        match self.0.post("/internal/quotes", origin, &QuoteRequest { lines }).await {
            Ok(answer) => answer.json().map_err(read_failed),
            Err(ClientError::Refused { service, status, code, detail, errors }) => {
                match QUOTE_REFUSALS.iter().find(|known| known.code == code) {
                    Some(known) => Err(Problem { errors, ..Problem::new(known, detail) }),
                    None => Err(read_failed(ClientError::Refused { service, status, code, detail, errors })),
                }
            }
            Err(error) => Err(read_failed(error)),
        }
    }
}

/// Client of the bookings service.
#[derive(Clone)]
pub struct BookingsClient(ServiceClient);

#[derive(Serialize)]
struct CancelRequest<'a> {
    by: &'a str,
}

impl BookingsClient {
    /// Cancels the booking of an existing order on behalf of the subject `by`. Repeating the call changes nothing.
    ///
    /// # Errors
    /// [`NOT_CANCELLABLE`] when the booking has failed or expired; 503 when bookings has not opened the booking yet or is
    /// unavailable; 504 when the outcome is unknown.
    pub async fn cancel(&self, id: BookingId, by: &str, origin: &Origin) -> Result<(), Problem> {
        match self.0.post(&format!("/internal/bookings/{id}/cancel"), origin, &CancelRequest { by }).await {
            Ok(_) => Ok(()),
            Err(ClientError::Refused { status: 404, .. }) => {
                Err(Problem::new(&codes::UNAVAILABLE, "the booking of this order does not exist yet")
                    .with_retry_after(RETRY_AFTER))
            }
            Err(ClientError::Refused { code, detail, .. }) if code == NOT_CANCELLABLE.code => {
                Err(Problem::new(&NOT_CANCELLABLE, detail))
            }
            Err(error) => Err(error.into()),
        }
    }
}
