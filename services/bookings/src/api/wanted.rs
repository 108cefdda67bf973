//! What clients ask for.

use boxoffice_contracts::{BookingId, EventId, PaymentToken, Quantity, TicketTypeId, UserId};
use boxoffice_http::{FieldError, Problem, codes::field};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::MAX_LINES;

/// A booking to be placed: of `lines`, or of the hold `holdId`.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[schema(example = json!({"lines": [{"ticketTypeId": 1, "quantity": 2}], "paymentToken": "tok_ok"}))]
pub struct NewBooking {
    /// All of one organizer and one currency; all are held, or none.
    #[garde(length(min = 1, max = MAX_LINES), dive)]
    #[schema(min_items = 1, max_items = 20)]
    pub lines: Option<Vec<LineIn>>,
    /// A hold that the caller took before; the booking takes its id.
    pub hold_id: Option<BookingId>,
    /// For whom, where an operator books for somebody else.
    pub user_id: Option<UserId>,
    /// What to charge, as the payment provider calls it; `tok_ok` unless it is said.
    #[garde(custom(is_short))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "tok_ok")]
    pub payment_token: Option<PaymentToken>,
}

/// Tickets of a type, or of an event's first type.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[schema(as = BookedLine, example = json!({"ticketTypeId": 1, "quantity": 2}))]
pub struct LineIn {
    /// The kind of ticket; or name `eventId` instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_type_id: Option<TicketTypeId>,
    /// Stands for the event's first ticket type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// How many.
    #[garde(range(min = 1, max = Quantity::MAX))]
    #[schema(minimum = 1, maximum = 100)]
    pub quantity: u32,
}

/// Where the places of a booking come from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// They are to be held.
    Lines(&'a [LineIn]),
    /// The caller holds them.
    Hold(BookingId),
}

impl NewBooking {
    /// Where its places come from.
    ///
    /// # Errors
    /// 400 that names what is missing or too much.
    pub fn source(&self) -> Result<Source<'_>, Problem> {
        match (&self.lines, self.hold_id) {
            (Some(lines), None) => lines_of_one_kind(lines).map(|()| Source::Lines(lines)),
            (None, Some(id)) => Ok(Source::Hold(id)),
            (None, None) => Err(Problem::field("lines", field::REQUIRED, "expected either lines or holdId")),
            (Some(_), Some(_)) => {
                Err(Problem::field("holdId", field::UNKNOWN, "expected either lines or holdId, not both"))
            }
        }
    }

    /// What to charge.
    pub fn token(&self) -> PaymentToken {
        self.payment_token.clone().unwrap_or_else(|| PaymentToken::from("tok_ok".to_owned()))
    }
}

fn is_short(token: &Option<PaymentToken>, (): &()) -> garde::Result {
    let fits = token.as_ref().is_none_or(|token| (1..=255).contains(&token.reveal().chars().count()));
    if fits { Ok(()) } else { Err(garde::Error::new("expected 1 to 255 characters")) }
}

fn lines_of_one_kind(lines: &[LineIn]) -> Result<(), Problem> {
    let wrong = lines.iter().enumerate().filter(|(_, line)| line.ticket_type_id.is_some() == line.event_id.is_some());
    let errors: Vec<_> = wrong
        .map(|(index, _)| FieldError {
            field: format!("lines[{index}].ticketTypeId"),
            code: field::REQUIRED.into(),
            message: "expected either ticketTypeId or eventId".into(),
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields(errors)) }
}
