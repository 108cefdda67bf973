use axum::extract::State;
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, NotificationId, events::NotificationKind};
use boxoffice_http::{
    Problem,
    codes::field,
    extract::{Caller, Page, PageParams, PageResponse},
};
use boxoffice_identity::Scope;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use crate::store::{self, Mailed, WantedLetters};

/// A letter in the embedded mailbox.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "messageId": "01977f5e-6a00-7abc-8def-0123456789ab", "bookingId": "01977f5e-69f0-7123-8456-789abcdef012",
    "kind": "booking-confirmed", "to": "ada@example.com", "subject": "Your booking is confirmed",
    "body": "Hello Ada Lovelace,\n\nYour booking is confirmed.\n\n2 x General, 25.50 EUR each\nTotal: 51.00 EUR\n",
    "sentAt": "2030-06-01T19:30:00.25Z"
}))]
pub struct MailOut {
    /// The notification's id.
    message_id: NotificationId,
    booking_id: BookingId,
    kind: NotificationKind,
    #[schema(format = Email)]
    to: String,
    subject: String,
    body: String,
    #[schema(value_type = String, format = DateTime)]
    sent_at: Timestamp,
}

impl From<Mailed> for MailOut {
    fn from(Mailed { message_id, booking_id, to_address: to, subject, body, sent_at, kind }: Mailed) -> Self {
        Self { message_id, booking_id, kind, to, subject, body, sent_at }
    }
}

/// Which letters are wanted.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// About which booking.
    #[param(value_type = Option<uuid::Uuid>)]
    booking_id: Option<BookingId>,
    /// A part of the recipient's address, in whichever case.
    #[param(min_length = 1, max_length = 254)]
    to: Option<String>,
    /// About what.
    #[param(inline)]
    kind: Option<NotificationKind>,
}

/// The longest part of an address that is looked for, in characters: that of a whole one (RFC 3696, erratum 1690).
const LONGEST_PART: usize = 254;

/// Look into the embedded mailbox
///
/// For operators: the letters that customers were sent, newest first, while `notifications.mail` is `mailbox:`, the
/// default. No letter leaves the system then. Sent any other way, letters do not get here.
#[utoipa::path(get, path = "/api/v1/mailbox", tag = "notifications", params(Filter, PageParams),
    responses((status = 200, description = "One page", body = Vec<MailOut>), Problem),
    security(("bearer" = ["operator"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page<Filter>,
) -> Result<PageResponse<MailOut>, Problem> {
    caller.require(Scope::Operator)?;
    let Filter { booking_id: booking, to, kind } = page.filter.clone();
    if to.as_ref().is_some_and(|part| part.is_empty() || part.chars().count() > LONGEST_PART) {
        return Err(Problem::field("to", field::LENGTH, format!("not 1 to {LONGEST_PART} characters")));
    }
    let wanted = WantedLetters { booking, to, kind, before: page.after()? };
    let letters = store::mailbox(app.writer.database(), &wanted, page.rows()).await?;
    Ok(page.list(letters.into_iter().map(MailOut::from).collect(), |last| last.message_id))
}
