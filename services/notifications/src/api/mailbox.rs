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
use crate::store::{self, MailboxEmail, MailboxFilter};

/// An e-mail in the mailbox.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "messageId": "01977f5e-6a00-7abc-8def-0123456789ab", "bookingId": "01977f5e-69f0-7123-8456-789abcdef012",
    "kind": "booking-confirmed", "to": "ada@example.com", "subject": "Your booking is confirmed",
    "body": "Hello Ada Lovelace,\n\nYour booking is confirmed.\n\n2 x General, 25.50 EUR each\nTotal: 51.00 EUR\n",
    "sentAt": "2030-06-01T19:30:00.25Z"
}))]
pub struct EmailResponse {
    /// Id of the notification, which is also the id of the e-mail.
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

impl From<MailboxEmail> for EmailResponse {
    fn from(
        MailboxEmail { message_id, booking_id, to_address: to, subject, body, sent_at, kind }: MailboxEmail,
    ) -> Self {
        Self { message_id, booking_id, kind, to, subject, body, sent_at }
    }
}

/// Filters of the list.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only e-mails about this booking.
    #[param(value_type = Option<uuid::Uuid>)]
    booking_id: Option<BookingId>,
    /// Only e-mails to an address that contains this part, case-insensitively.
    #[param(min_length = 1, max_length = 254)]
    to: Option<String>,
    /// Only e-mails of this kind.
    #[param(inline)]
    kind: Option<NotificationKind>,
}

/// Maximum length of the filter `to` in characters: that of a whole address (RFC 3696, erratum 1690).
const MAX_ADDRESS_LENGTH: usize = 254;

/// List e-mails in the mailbox
///
/// Newest first. The mailbox contains the e-mails that were sent while `notifications.email` is `mailbox:`, the default,
/// with which no e-mail leaves the system. For operators.
#[utoipa::path(get, path = "/api/v1/mailbox", tag = "notifications", params(Filter, PageParams),
    responses((status = 200, description = "One page", body = Vec<EmailResponse>)),
    security(("bearer" = ["operator"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page<Filter>,
) -> Result<PageResponse<EmailResponse>, Problem> {
    caller.require(Scope::Operator)?;
    let Filter { booking_id: booking, to, kind } = page.filter.clone();
    if to.as_ref().is_some_and(|part| part.is_empty() || part.chars().count() > MAX_ADDRESS_LENGTH) {
        return Err(Problem::field("to", field::LENGTH, format!("not 1 to {MAX_ADDRESS_LENGTH} characters")));
    }
    let filter = MailboxFilter { booking, to, kind, before: page.after()? };
    let emails = store::mailbox(app.writer.database(), &filter, page.rows()).await?;
    Ok(page.list(emails.into_iter().map(EmailResponse::from).collect(), |last| last.message_id))
}
