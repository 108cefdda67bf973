//! The bodies of responses, converted from rows.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, Decimal, PricedLine, Reason, TicketId, UserId, events::Refund};
use boxoffice_http::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{BookingStatus, TicketStatus, TimelineEntry, TimelineState},
    store::{BookingWithTickets, Ticket},
};

/// A booking with its tickets and its timeline.
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
pub struct BookingResponse {
    /// Id of the booking, which is also the id of its hold and its order.
    pub(super) id: BookingId,
    /// The user who booked.
    user_id: UserId,
    lines: Vec<PricedLine>,
    /// The price of all lines together.
    total: Decimal,
    currency: Currency,
    status: BookingStatus,
    /// The reason of a booking that ended without tickets.
    reason: Option<Reason>,
    /// The status of the refund.
    refund: Refund,
    /// One ticket for each seat; empty before the confirmation.
    tickets: Vec<TicketResponse>,
    /// The events of the booking, oldest first.
    timeline: Vec<TimelineEntryResponse>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// A ticket for one seat.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Ticket)]
pub struct TicketResponse {
    id: TicketId,
    /// The code that the venue scans.
    #[schema(example = "7Z0M4Q9K2XWD3B8T")]
    code: String,
    status: TicketStatus,
}

/// One event of a booking.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TimelineEntry)]
pub struct TimelineEntryResponse {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    state: TimelineState,
    /// The actor: the subject of a token, or the name of a service.
    #[schema(example = "payments")]
    by: String,
    /// Details in plain English.
    note: Option<String>,
}

impl BookingResponse {
    /// The body for a booking.
    ///
    /// # Errors
    /// 500 when an amount overflows, which the limits of prices and quantities exclude.
    pub fn new(BookingWithTickets { booking, tickets }: &BookingWithTickets) -> Result<Self, Problem> {
        let lines = booking.booking_lines.iter().map(|line| PricedLine::new(line, booking.currency));
        Ok(Self {
            id: booking.id,
            user_id: booking.user_id,
            lines: lines.collect::<Result<_, _>>().map_err(Problem::internal)?,
            total: booking.total().decimal(),
            currency: booking.currency,
            status: booking.status,
            reason: booking.reason,
            refund: booking.refund,
            tickets: tickets.iter().map(TicketResponse::from).collect(),
            timeline: booking.timeline.iter().map(TimelineEntryResponse::from).collect(),
            created_at: booking.created_at,
        })
    }
}

impl From<&Ticket> for TicketResponse {
    fn from(ticket: &Ticket) -> Self {
        Self { id: ticket.id, code: ticket.code.clone(), status: ticket.status }
    }
}

impl From<&TimelineEntry> for TimelineEntryResponse {
    fn from(entry: &TimelineEntry) -> Self {
        let TimelineEntry { at, state, by, note } = entry.clone();
        Self { at, state, by, note }
    }
}
