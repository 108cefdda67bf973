//! The lines of requests and responses.

use boxoffice_contracts::{
    Currency, Decimal, EventId, Lines, MAX_LINES, Money, MoneyError, Quantity, RequestedLine, TicketTypeId,
};
use boxoffice_http::{Problem, codes};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::SeatRequest;

/// Checks the lines of a request.
///
/// # Errors
/// 400 that names the field: no line or more than [`MAX_LINES`], a quantity out of range, or a line that sets none or both
/// of `ticketTypeId` and `eventId`.
pub fn requested_seats(lines: &[RequestedLine]) -> Result<Vec<SeatRequest>, Problem> {
    if lines.is_empty() || lines.len() > MAX_LINES {
        let message = format!("expected 1 to {MAX_LINES} lines");
        return Err(Problem::field("lines", codes::field::LENGTH, message));
    }
    let check = |(index, line): (usize, &RequestedLine)| {
        let quantity = Quantity::new(line.quantity)
            .map_err(|e| Problem::field(format!("lines[{index}].quantity"), codes::field::RANGE, e.to_string()))?;
        let selection = line.selection().map_err(|e| {
            Problem::field(format!("lines[{index}].ticketTypeId"), codes::field::REQUIRED, e.to_string())
        })?;
        Ok(SeatRequest { selection, quantity })
    };
    lines.iter().enumerate().map(check).collect()
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
