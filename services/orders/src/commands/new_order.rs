use boxoffice_contracts::{
    BookingId, Currency, Item, Lines, OrganizerId, PaymentToken, UserId,
    events::{OrderCreated, OrderSummary, PlacedThrough, Refund},
};
use boxoffice_database::Json;
use boxoffice_writer::{CommandContext, UnitOfWork};

use super::history_row;
use crate::{
    domain::OrderStatus,
    error::Refusal,
    store::{HistoryRow, Order, OrderEvent},
};

/// An order that is not stored yet.
pub(super) struct NewOrder {
    pub(super) id: BookingId,
    pub(super) user: UserId,
    pub(super) organizer: OrganizerId,
    pub(super) lines: Lines,
    pub(super) currency: Currency,
    pub(super) placed_through: PlacedThrough,
    pub(super) payment_token: PaymentToken,
    pub(super) note: String,
}

impl NewOrder {
    /// Inserts the order as CREATED with the first row of its history, and publishes `OrderCreated`. The order must not
    /// exist.
    ///
    /// # Errors
    /// [`Refusal::Amount`] when the total overflows.
    pub(super) fn insert(self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Order, Refusal> {
        let total = self.lines.total(self.currency)?;
        let summary = OrderSummary {
            order_id: self.id,
            customer_id: self.user,
            items: Item::from_lines(&self.lines, self.currency),
            total_amount: total.decimal(),
            currency: self.currency,
            organizer_id: self.organizer,
        };
        let order = Order {
            id: self.id,
            user_id: self.user,
            organizer_id: self.organizer,
            order_lines: Json(self.lines),
            total_minor: total.minor,
            currency: self.currency,
            status: OrderStatus::Created,
            reason: None,
            refund: Refund::None,
            placed_through: self.placed_through,
            created_at: context.now,
            history_count: 1,
            version: 1,
        };
        let mut events: Vec<_> = order.order_lines.iter().map(|line| line.event_id).collect();
        events.sort_unstable();
        events.dedup();
        for event_id in events {
            work.insert(OrderEvent { event_id, order_id: self.id });
        }
        work.insert::<HistoryRow>(history_row(self.id, 1, order.status, self.note, context));
        work.insert(order.clone());
        work.publish(&OrderCreated::new(summary, self.placed_through, self.payment_token), context);
        Ok(order)
    }
}
