use boxoffice_contracts::{
    Item,
    events::{OrderCancelled, OrderConfirmed, OrderFailed, OrderSummary},
};
use boxoffice_writer::{CommandContext, UnitOfWork};

use crate::{domain::OrderOutcome, store::Order};

/// Publishes the event of an order's outcome.
pub(super) fn publish_outcome(work: &mut UnitOfWork, order: &Order, outcome: OrderOutcome, context: &CommandContext) {
    let summary = OrderSummary {
        order_id: order.id,
        customer_id: order.user_id,
        items: Item::from_lines(&order.order_lines, order.currency),
        total_amount: order.total().decimal(),
        currency: order.currency,
        organizer_id: order.organizer_id,
    };
    match outcome {
        OrderOutcome::Confirmed => work.publish(&OrderConfirmed::new(summary), context),
        OrderOutcome::Failed(reason) => work.publish(&OrderFailed::new(summary, reason), context),
        OrderOutcome::Cancelled(_) => work.publish(&OrderCancelled::new(summary), context),
    }
}
