//! Lines as clients write and read them.

use boxoffice_contracts::{Currency, Decimal, EventId, Lines, Money, MoneyError, Quantity, TicketTypeId};
use boxoffice_http::{Problem, codes};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{MAX_LINES, Wanted};

/// What is wanted: tickets of a type, or of an event's first type.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[schema(example = json!({"ticketTypeId": 1, "quantity": 2}))]
pub struct LineIn {
    /// The kind of ticket; or name `eventId` instead.
    pub ticket_type_id: Option<TicketTypeId>,
    /// Stands for the event's first ticket type.
    pub event_id: Option<EventId>,
    /// How many.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    pub quantity: u32,
}

/// The lines as the domain wants them.
///
/// # Errors
/// 400 that names the line: none or too many of them, no or two kinds of id.
pub fn wanted(lines: &[LineIn]) -> Result<Vec<Wanted>, Problem> {
    if lines.is_empty() || lines.len() > MAX_LINES {
        let message = format!("expected 1 to {MAX_LINES} lines");
        return Err(Problem::field("lines", codes::field::LENGTH, message));
    }
    let line = |(index, line): (usize, &LineIn)| {
        let quantity = Quantity::new(line.quantity)
            .map_err(|e| Problem::field(format!("lines[{index}].quantity"), codes::field::RANGE, e.to_string()))?;
        match (line.ticket_type_id, line.event_id) {
            (Some(id), None) => Ok(Wanted::Type(id, quantity)),
            (None, Some(id)) => Ok(Wanted::Event(id, quantity)),
            _ => Err(Problem::field(
                format!("lines[{index}].ticketTypeId"),
                codes::field::REQUIRED,
                "expected either ticketTypeId or eventId",
            )),
        }
    };
    lines.iter().enumerate().map(line).collect()
}

/// Tickets of one type at the price at which they are held.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineOut {
    /// The kind of ticket.
    pub ticket_type_id: TicketTypeId,
    /// What for.
    pub event_id: EventId,
    /// The ticket type's name.
    #[schema(example = "General")]
    pub name: String,
    /// How many.
    pub quantity: Quantity,
    /// Of one ticket.
    pub unit_price: Decimal,
    /// Of all of them.
    pub amount: Decimal,
}

/// The lines and their total as clients read them.
///
/// # Errors
/// 500 when the amounts overflow, which limits on prices and quantities exclude.
pub fn shown(lines: &Lines, currency: Currency) -> Result<(Vec<LineOut>, Decimal), Problem> {
    let shown = |lines: &Lines| -> Result<_, MoneyError> {
        let out = lines.iter().map(|line| {
            Ok(LineOut {
                ticket_type_id: line.ticket_type_id,
                event_id: line.event_id,
                name: line.name.clone(),
                quantity: line.quantity,
                unit_price: Money::new(line.unit_price_minor, currency).decimal(),
                amount: line.amount(currency)?.decimal(),
            })
        });
        Ok((out.collect::<Result<_, MoneyError>>()?, lines.total(currency)?.decimal()))
    };
    shown(lines).map_err(Problem::internal)
}
