use serde::Serialize;
use utoipa::ToSchema;

use crate::{Currency, Decimal, EventId, Line, Money, MoneyError, Quantity, TicketTypeId};

/// A line of a hold, a booking or an order in a response: tickets of one type, at the price of the hold or the quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PricedLine {
    /// The ticket type of the tickets.
    pub ticket_type_id: TicketTypeId,
    /// The event of the ticket type.
    pub event_id: EventId,
    /// The name of the ticket type at the time of the hold or the quote.
    #[schema(example = "General")]
    pub name: String,
    /// The number of tickets.
    pub quantity: Quantity,
    /// The price of one ticket.
    pub unit_price: Decimal,
    /// The price of all tickets of the line.
    pub amount: Decimal,
}

impl PricedLine {
    /// Converts a line with prices in minor units of `currency`.
    ///
    /// # Errors
    /// The amount overflows.
    pub fn new(line: &Line, currency: Currency) -> Result<Self, MoneyError> {
        Ok(Self {
            ticket_type_id: line.ticket_type_id,
            event_id: line.event_id,
            name: line.name.clone(),
            quantity: line.quantity,
            unit_price: Money::new(line.unit_price_minor, currency).decimal(),
            amount: line.amount(currency)?.decimal(),
        })
    }
}
