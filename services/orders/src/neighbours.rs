//! Questions to other services, asked before a command is queued, never inside a batch.

use boxoffice_contracts::{BookingId, Currency, EventId, Lines, OrganizerId, PaymentToken, TicketTypeId, UserId};
use boxoffice_envelope::Origin;
use boxoffice_http::{
    ClientError, Problem, ServiceClient, ServiceClients,
    client::path_segment,
    codes::{self, field},
};
use boxoffice_identity::Credential;
use boxoffice_users_client::UsersClient;
use serde::{Deserialize, Serialize};

use crate::error::{BREATH, NOT_CANCELLABLE, OF_QUOTES, UNKNOWN_PAYMENT_TOKEN, unanswered};

/// The services that orders asks. Cheap to clone; clones share what they remember.
#[derive(Clone)]
pub struct Neighbours {
    users: ServiceClient,
    payments: ServiceClient,
    inventory: ServiceClient,
    bookings: ServiceClient,
    user_ids: UsersClient,
}

/// One line of a [`Quote`] that is asked for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuoteLine {
    /// The kind of ticket, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_type_id: Option<TicketTypeId>,
    /// The event whose first type is meant, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// How many.
    pub quantity: u32,
}

#[derive(Serialize)]
struct QuoteFor<'a> {
    lines: &'a [QuoteLine],
}

/// Who calls a booking off.
#[derive(Serialize)]
struct Wish<'a> {
    by: &'a str,
}

/// What lines cost at this moment.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    /// The lines with their prices, in the order in which they were asked for.
    pub lines: Lines,
    /// Of all of them.
    pub currency: Currency,
    /// Who sells all of them.
    pub organizer_id: OrganizerId,
}

impl Neighbours {
    /// Asks with `credential`.
    pub fn new(clients: &ServiceClients, credential: &Credential) -> Self {
        let client = |name| clients.client(name, credential.clone());
        let users = client("users");
        Self {
            user_ids: UsersClient::new(users.clone()),
            users,
            payments: client("payments"),
            inventory: client("inventory"),
            bookings: client("bookings"),
        }
    }

    /// The user whose tokens have this subject; none when nobody has a profile under it.
    ///
    /// # Errors
    /// When users cannot be asked; so has every question here.
    pub async fn user_of(&self, subject: &str, origin: &Origin) -> Result<Option<UserId>, Problem> {
        self.user_ids.user_id(subject, origin).await.map_err(unanswered)
    }

    /// The same at this moment, for what is to be done for that user.
    ///
    /// # Errors
    /// As [`Neighbours::user_of`].
    pub async fn user_at_present(&self, subject: &str, origin: &Origin) -> Result<Option<UserId>, Problem> {
        self.user_ids.current_user_id(subject, origin).await.map_err(unanswered)
    }

    /// Whether there is such a user.
    ///
    /// # Errors
    /// As [`Neighbours::user_of`].
    pub async fn is_user(&self, id: UserId, origin: &Origin) -> Result<bool, Problem> {
        match self.users.get(&format!("/internal/users/{id}"), origin).await {
            Ok(_) => Ok(true),
            Err(ClientError::Refused { status: 404, .. }) => Ok(false),
            Err(error) => Err(unanswered(error)),
        }
    }

    /// Passes when the payment provider knows the token.
    ///
    /// # Errors
    /// [`UNKNOWN_PAYMENT_TOKEN`]; as [`Neighbours::user_of`].
    pub async fn must_know(&self, token: &PaymentToken, origin: &Origin) -> Result<(), Problem> {
        match self.payments.get(&format!("/internal/payment-tokens/{}", path_segment(token.reveal())), origin).await {
            Ok(_) => Ok(()),
            // The token is not repeated: whoever has it may charge with it.
            Err(ClientError::Refused { status: 400 | 404, .. }) => {
                let problem = Problem::new(&UNKNOWN_PAYMENT_TOKEN, "the payment provider knows no such token");
                Err(problem.with_field("paymentToken", field::FORMAT, "is none of the provider's"))
            }
            Err(error) => Err(unanswered(error)),
        }
    }

    /// What `lines` cost.
    ///
    /// # Errors
    /// Inventory's own: 404 for what there is not, 409 for what is not on sale, 400 for lines of several sellers; as
    /// [`Neighbours::user_of`].
    pub async fn quote(&self, lines: &[QuoteLine], origin: &Origin) -> Result<Quote, Problem> {
        match self.inventory.post("/internal/quotes", origin, &QuoteFor { lines }).await {
            Ok(answer) => answer.json().map_err(unanswered),
            Err(ClientError::Refused { service, status, code, detail, errors }) => {
                match OF_QUOTES.iter().find(|known| known.code == code) {
                    Some(known) => Err(Problem { errors, ..Problem::new(known, detail) }),
                    None => Err(unanswered(ClientError::Refused { service, status, code, detail, errors })),
                }
            }
            Err(error) => Err(unanswered(error)),
        }
    }

    /// Cancels the booking of an order, which there is, on behalf of the subject `by`. Repeated, it does nothing.
    ///
    /// # Errors
    /// [`NOT_CANCELLABLE`] when the booking has ended otherwise; 503 when bookings has not heard of the order yet, or
    /// cannot be asked; 504 when it is not known whether it was done.
    pub async fn cancel_booking(&self, id: BookingId, by: &str, origin: &Origin) -> Result<(), Problem> {
        match self.bookings.post(&format!("/internal/bookings/{id}/cancel"), origin, &Wish { by }).await {
            Ok(_) => Ok(()),
            Err(ClientError::Refused { status: 404, .. }) => {
                Err(Problem::new(&codes::UNAVAILABLE, "bookings has not heard of this order yet")
                    .with_retry_after(BREATH))
            }
            Err(ClientError::Refused { code, detail, .. }) if code == NOT_CANCELLABLE.code => {
                Err(Problem::new(&NOT_CANCELLABLE, detail))
            }
            Err(error) => Err(error.into()),
        }
    }
}
