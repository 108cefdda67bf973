//! The bodies of requests and their checks.

use boxoffice_contracts::{BookingId, MAX_LINES, PaymentToken, RequestedLine, UserId};
use boxoffice_http::{FieldError, Problem, codes::field};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

/// A booking of either `lines` or an existing hold.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[schema(example = json!({"lines": [{"ticketTypeId": 1, "quantity": 2}], "paymentToken": "tok_ok"}))]
pub struct CreateBookingRequest {
    /// The lines to book, all of one organizer and one currency. Either all of them are held or none.
    #[garde(length(min = 1, max = MAX_LINES), dive)]
    #[schema(min_items = 1, max_items = 20)]
    pub lines: Option<Vec<RequestedLine>>,
    /// An existing hold of the caller to book; the booking has the same id.
    pub hold_id: Option<BookingId>,
    /// The user to book for; defaults to the caller. Only operators may name another user.
    pub user_id: Option<UserId>,
    /// The payment provider's token to charge; defaults to `tok_ok`.
    #[garde(custom(has_token_length))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "tok_ok")]
    pub payment_token: Option<PaymentToken>,
}

/// The source of a booking's seats.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// The lines for which this request takes a hold.
    Lines(&'a [RequestedLine]),
    /// An existing hold of the caller.
    Hold(BookingId),
}

impl CreateBookingRequest {
    /// The source of the seats.
    ///
    /// # Errors
    /// 400 that names the field which is missing or must not be set.
    pub fn source(&self) -> Result<Source<'_>, Problem> {
        match (&self.lines, self.hold_id) {
            (Some(lines), None) => check_selections(lines).map(|()| Source::Lines(lines)),
            (None, Some(id)) => Ok(Source::Hold(id)),
            (None, None) => Err(Problem::field("lines", field::REQUIRED, "expected either lines or holdId")),
            (Some(_), Some(_)) => {
                Err(Problem::field("holdId", field::UNKNOWN, "expected either lines or holdId, not both"))
            }
        }
    }

    /// The token to charge, `tok_ok` by default.
    pub fn payment_token(&self) -> PaymentToken {
        self.payment_token.clone().unwrap_or_else(|| PaymentToken::from("tok_ok".to_owned()))
    }
}

fn has_token_length(token: &Option<PaymentToken>, (): &()) -> garde::Result {
    let fits = token.as_ref().is_none_or(|token| (1..=255).contains(&token.reveal().chars().count()));
    if fits { Ok(()) } else { Err(garde::Error::new("expected 1 to 255 characters")) }
}

fn check_selections(lines: &[RequestedLine]) -> Result<(), Problem> {
    let mut errors = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if let Err(error) = line.selection() {
            let field = format!("lines[{index}].ticketTypeId");
            errors.push(FieldError { field, code: field::REQUIRED.into(), message: error.to_string() });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields(errors)) }
}
