use boxoffice_contracts::{
    Item,
    events::{OrderCancelled, OrderConfirmed, OrderFailed},
};
use boxoffice_writer::{CommandContext, UnitOfWork};

use crate::{domain::End, store::Order};

/// What is said when an order ends.
pub(super) enum Ending {
    Confirmed(OrderConfirmed),
    Failed(OrderFailed),
    Cancelled(OrderCancelled),
}

impl Ending {
    pub(super) fn of(order: &Order, end: End) -> Self {
        let (order_id, customer_id, organizer_id, currency) =
            (order.id, order.user_id, order.organizer_id, order.currency);
        let items = Item::from_lines(&order.lines, currency);
        let total_amount = order.total().decimal();
        match end {
            End::Confirmed => {
                Self::Confirmed(OrderConfirmed { order_id, customer_id, items, total_amount, currency, organizer_id })
            }
            End::Failed(reason) => {
                Self::Failed(OrderFailed { order_id, customer_id, items, reason, total_amount, currency, organizer_id })
            }
            End::Cancelled(_) => {
                Self::Cancelled(OrderCancelled { order_id, customer_id, items, total_amount, currency, organizer_id })
            }
        }
    }

    pub(super) fn publish(&self, work: &mut UnitOfWork, context: &CommandContext) {
        match self {
            Self::Confirmed(event) => work.publish(event, context),
            Self::Failed(event) => work.publish(event, context),
            Self::Cancelled(event) => work.publish(event, context),
        }
    }
}
