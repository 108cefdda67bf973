//! The lines of requests and responses.

use boxoffice_contracts::{Currency, Decimal, EventId, Lines, Money, MoneyError, Quantity, TicketTypeId};
use boxoffice_http::{Problem, codes};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{MAX_LINES, SeatRequest};

/// A number of seats of one ticket type, or of the first type of an event.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[schema(example = json!({"ticketTypeId": 1, "quantity": 2}))]
pub struct LineRequest {
    /// The ticket type. Leave it out when `eventId` is set.
    pub ticket_type_id: Option<TicketTypeId>,
    /// Selects the first ticket type of this event. Leave it out when `ticketTypeId` is set.
    pub event_id: Option<EventId>,
    /// The number of seats.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    pub quantity: u32,
}

/// Checks the lines of a request.
///
/// # Errors
/// 400 that names the field: no line or more than [`MAX_LINES`], a quantity out of range, or a line that sets none or both
/// of `ticketTypeId` and `eventId`.
pub fn requested_seats(lines: &[LineRequest]) -> Result<Vec<SeatRequest>, Problem> {
    if lines.is_empty() || lines.len() > MAX_LINES {
        let message = format!("expected 1 to {MAX_LINES} lines");
        return Err(Problem::field("lines", codes::field::LENGTH, message));
    }
    let line = |(index, line): (usize, &LineRequest)| {
        let quantity = Quantity::new(line.quantity)
            .map_err(|e| Problem::field(format!("lines[{index}].quantity"), codes::field::RANGE, e.to_string()))?;
        match (line.ticket_type_id, line.event_id) {
            (Some(id), None) => Ok(SeatRequest::OfType(id, quantity)),
            (None, Some(id)) => Ok(SeatRequest::OfEvent(id, quantity)),
            _ => Err(Problem::field(
                format!("lines[{index}].ticketTypeId"),
                codes::field::REQUIRED,
                "expected either ticketTypeId or eventId",
            )),
        }
    };
    lines.iter().enumerate().map(line).collect()
}

/// A number of seats of one ticket type, at the price of the time when the hold was created.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineResponse {
    /// The ticket type of the seats.
    pub ticket_type_id: TicketTypeId,
    /// The event of the ticket type.
    pub event_id: EventId,
    /// The name of the ticket type.
    #[schema(example = "General")]
    pub name: String,
    /// The number of seats.
    pub quantity: Quantity,
    /// The price of one seat.
    pub unit_price: Decimal,
    /// The price of all seats of the line.
    pub amount: Decimal,
}

/// The lines of a response, and their total.
///
/// # Errors
/// 500 when an amount overflows, which the limits on prices and quantities exclude.
pub fn line_responses(lines: &Lines, currency: Currency) -> Result<(Vec<LineResponse>, Decimal), Problem> {
    let convert = |lines: &Lines| -> Result<_, MoneyError> {
        let responses = lines.iter().map(|line| {
            Ok(LineResponse {
                ticket_type_id: line.ticket_type_id,
                event_id: line.event_id,
                name: line.name.clone(),
                quantity: line.quantity,
                unit_price: Money::new(line.unit_price_minor, currency).decimal(),
                amount: line.amount(currency)?.decimal(),
            })
        });
        Ok((responses.collect::<Result<_, MoneyError>>()?, lines.total(currency)?.decimal()))
    };
    convert(lines).map_err(Problem::internal)
}
