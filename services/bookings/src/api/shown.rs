//! What clients read.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, Currency, Decimal, EventId, Line, Money, MoneyError, Quantity, Reason, TicketId, TicketTypeId, UserId,
    events::Refund,
};
use boxoffice_http::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{Entry, Milestone, Status, TicketStatus},
    store::{Booking, Ticket},
};

/// What a customer asked for, and what became of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Booking, example = json!({
    "id": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d", "userId": 7,
    "lines": [{"ticketTypeId": 1, "eventId": 1, "name": "General", "quantity": 1, "unitPrice": 25.5, "amount": 25.5}],
    "total": 25.5, "currency": "EUR", "status": "CONFIRMED", "reason": null, "refund": "none",
    "tickets": [{"id": "0197f0c2-7b11-7d02-9a4c-1c2b3a4d5e6f", "code": "7Z0M4Q9K2XWD3B8T", "status": "valid"}],
    "timeline": [
        {"at": "2030-06-01T19:30:00Z", "state": "PENDING", "by": "ann", "note": null},
        {"at": "2030-06-01T19:30:00.4Z", "state": "PAID", "by": "payments", "note": "Payment processed"},
        {"at": "2030-06-01T19:30:00.5Z", "state": "CONFIRMED", "by": "orders", "note": null}
    ],
    "createdAt": "2030-06-01T19:30:00Z"
}))]
pub struct BookingOut {
    /// Also that of its hold and its order.
    pub(super) id: BookingId,
    /// Whose.
    user_id: UserId,
    lines: Vec<LineOut>,
    /// The price of all lines together.
    total: Decimal,
    currency: Currency,
    status: Status,
    /// Why it ended without tickets.
    reason: Option<Reason>,
    /// How far giving the money back has come.
    refund: Refund,
    /// One for each place, once it is confirmed.
    tickets: Vec<TicketOut>,
    /// What happened to it, the first first.
    timeline: Vec<EntryOut>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// Tickets of one type at the price at which they were held.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BookingLine)]
pub struct LineOut {
    /// The kind of ticket.
    ticket_type_id: TicketTypeId,
    /// What for.
    event_id: EventId,
    /// The ticket type's name, as it was then.
    #[schema(example = "General")]
    name: String,
    quantity: Quantity,
    /// Of one ticket.
    unit_price: Decimal,
    /// Of all of them.
    amount: Decimal,
}

/// One place.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Ticket)]
pub struct TicketOut {
    id: TicketId,
    /// What is shown at the door.
    #[schema(example = "7Z0M4Q9K2XWD3B8T")]
    code: String,
    status: TicketStatus,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TimelineEntry)]
pub struct EntryOut {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    state: Milestone,
    /// The subject of whoever asked for it, or the service that told of it.
    #[schema(example = "payments")]
    by: String,
    /// For people.
    note: Option<String>,
}

/// A booking with its tickets as clients read it.
///
/// # Errors
/// 500 when the amounts overflow, which limits on prices and quantities exclude.
pub fn shown(booking: &Booking, tickets: &[Ticket]) -> Result<BookingOut, Problem> {
    let lines = booking.lines.iter().map(|line| shown_line(line, booking.currency)).collect::<Result<_, _>>();
    Ok(BookingOut {
        id: booking.id,
        user_id: booking.user_id,
        lines: lines.map_err(Problem::internal)?,
        total: booking.total().decimal(),
        currency: booking.currency,
        status: booking.status,
        reason: booking.reason,
        refund: booking.refund,
        tickets: tickets.iter().map(shown_ticket).collect(),
        timeline: booking.timeline.iter().map(shown_entry).collect(),
        created_at: booking.created_at,
    })
}

fn shown_line(line: &Line, currency: Currency) -> Result<LineOut, MoneyError> {
    Ok(LineOut {
        ticket_type_id: line.ticket_type_id,
        event_id: line.event_id,
        name: line.name.clone(),
        quantity: line.quantity,
        unit_price: Money::new(line.unit_price_minor, currency).decimal(),
        amount: line.amount(currency)?.decimal(),
    })
}

fn shown_ticket(ticket: &Ticket) -> TicketOut {
    TicketOut { id: ticket.id, code: ticket.code.clone(), status: ticket.status }
}

fn shown_entry(entry: &Entry) -> EntryOut {
    let Entry { at, state, by, note } = entry.clone();
    EntryOut { at, state, by, note }
}
