//! The bodies of responses, converted from rows.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, Decimal, PricedLine, Reason, UserId, events::Refund};
use boxoffice_http::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::OrderStatus,
    store::{HistoryRow, Order},
};

/// An order with its lines and its status.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Order, example = json!({
    "id": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d", "userId": 7,
    "lines": [{"ticketTypeId": 1, "eventId": 1, "name": "General", "quantity": 2, "unitPrice": 25.5, "amount": 51.0}],
    "total": 51.0, "currency": "EUR", "status": "CREATED", "reason": null, "refund": "none",
    "createdAt": "2030-06-01T19:30:00Z"
}))]
pub struct OrderResponse {
    /// Id of the order, which is also the id of its booking.
    pub id: BookingId,
    user_id: UserId,
    lines: Vec<PricedLine>,
    total: Decimal,
    currency: Currency,
    status: OrderStatus,
    /// The reason of an order that ended without tickets.
    reason: Option<Reason>,
    refund: Refund,
    /// The history, oldest first; only in the response for a single order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    history: Option<Vec<HistoryEntryResponse>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// One change of an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "number": 2, "status": "RESERVED", "at": "2030-06-01T19:30:00Z", "by": "orders", "note": "seats held"
}))]
#[schema(as = OrderHistoryEntry)]
pub struct HistoryEntryResponse {
    /// Numbers start at 1 and have no gaps.
    #[schema(minimum = 1)]
    number: i64,
    /// The status that was entered, or the unchanged status when only the refund changed.
    status: OrderStatus,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The actor: the subject of a token, or the name of a service.
    #[schema(example = "orders")]
    by: String,
    #[schema(example = "seats held")]
    note: String,
}

impl OrderResponse {
    /// The body for an order without its history.
    ///
    /// # Errors
    /// 500 when an amount overflows, which the total of the order excludes.
    pub fn new(order: &Order) -> Result<Self, Problem> {
        let lines = order.order_lines.iter().map(|line| PricedLine::new(line, order.currency));
        Ok(Self {
            id: order.id,
            user_id: order.user_id,
            lines: lines.collect::<Result<_, _>>().map_err(Problem::internal)?,
            total: order.total().decimal(),
            currency: order.currency,
            status: order.status,
            reason: order.reason,
            refund: order.refund,
            history: None,
            created_at: order.created_at,
        })
    }

    /// Adds the history of the order.
    pub fn with_history(self, rows: Vec<HistoryRow>) -> Self {
        Self { history: Some(rows.into_iter().map(HistoryEntryResponse::from).collect()), ..self }
    }
}

impl From<HistoryRow> for HistoryEntryResponse {
    fn from(HistoryRow { number, status, recorded_at, actor, note, .. }: HistoryRow) -> Self {
        Self { number, status, at: recorded_at, by: actor, note }
    }
}
