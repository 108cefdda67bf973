//! Orders as clients read them.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, Currency, Decimal, EventId, Line, Money, Quantity, Reason, TicketTypeId, UserId, events::Refund,
};
use boxoffice_http::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::OrderStatus,
    store::{HistoryRow, Order},
};

/// What is owed for a booking.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Order, example = json!({
    "id": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d", "userId": 7,
    "lines": [{"ticketTypeId": 1, "eventId": 1, "name": "General", "quantity": 2, "unitPrice": 25.5, "amount": 51.0}],
    "total": 51.0, "currency": "EUR", "status": "CREATED", "reason": null, "refund": "none",
    "createdAt": "2030-06-01T19:30:00Z"
}))]
pub struct OrderOut {
    /// The booking's.
    pub id: BookingId,
    user_id: UserId,
    lines: Vec<LineOut>,
    total: Decimal,
    currency: Currency,
    status: OrderStatus,
    /// Why it ended without tickets.
    reason: Option<Reason>,
    refund: Refund,
    /// Every step, the first one first; where one order is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    history: Option<Vec<StepOut>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// Tickets of one type at the price at which they were ordered.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrderLine)]
pub struct LineOut {
    ticket_type_id: TicketTypeId,
    event_id: EventId,
    /// The ticket type's, as it was then.
    #[schema(example = "General")]
    name: String,
    quantity: Quantity,
    /// Of one ticket.
    unit_price: Decimal,
    /// Of all of them.
    amount: Decimal,
}

/// One step of an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "number": 2, "status": "RESERVED", "at": "2030-06-01T19:30:00Z", "by": "orders", "note": "seats held"
}))]
#[schema(as = OrderStep)]
pub struct StepOut {
    /// Counts from 1 without a gap.
    #[schema(minimum = 1)]
    number: i64,
    /// The state that was entered, or the one that it stayed in when only the refund moved.
    status: OrderStatus,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// On whose behalf: the subject of a token, or the name of a service.
    #[schema(example = "orders")]
    by: String,
    #[schema(example = "seats held")]
    note: String,
}

impl OrderOut {
    /// The order without its history.
    ///
    /// # Errors
    /// 500 when an amount overflows, which the total of the order excludes.
    pub fn of(order: &Order) -> Result<Self, Problem> {
        let line = |line: &Line| -> Result<LineOut, Problem> {
            Ok(LineOut {
                ticket_type_id: line.ticket_type_id,
                event_id: line.event_id,
                name: line.name.clone(),
                quantity: line.quantity,
                unit_price: Money::new(line.unit_price_minor, order.currency).decimal(),
                amount: line.amount(order.currency).map_err(Problem::internal)?.decimal(),
            })
        };
        Ok(Self {
            id: order.id,
            user_id: order.user_id,
            lines: order.lines.iter().map(line).collect::<Result<_, _>>()?,
            total: order.total().decimal(),
            currency: order.currency,
            status: order.status,
            reason: order.reason,
            refund: order.refund,
            history: None,
            created_at: order.created_at,
        })
    }

    /// The same with its history.
    pub fn with_history(self, rows: Vec<HistoryRow>) -> Self {
        Self { history: Some(rows.into_iter().map(StepOut::from).collect()), ..self }
    }
}

impl From<HistoryRow> for StepOut {
    fn from(HistoryRow { number, status, at, actor, note, .. }: HistoryRow) -> Self {
        Self { number, status, at, by: actor, note }
    }
}
