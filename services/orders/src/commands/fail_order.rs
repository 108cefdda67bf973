use boxoffice_contracts::{BookingId, Reason};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{commands::apply, domain::OrderInput, error::Refusal, store::Order};

/// Fails an order whose seats were released.
pub struct FailOrder {
    /// Id of the order.
    pub order: BookingId,
    /// The reason of the release.
    pub reason: Reason,
}

impl Command for FailOrder {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        apply(work, self.order, OrderInput::SeatsReleased(self.reason), context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{decided, expect_no_effect, id},
        domain::OrderStatus::{Cancelled, Confirmed, Created, Failed, Reserved},
    };

    #[test]
    fn released_seats_fail_the_order_with_the_reason() {
        let command = FailOrder { order: id(), reason: Reason::Declined };
        for status in [Created, Reserved] {
            let (order, kinds) = decided(&command, status);
            assert_eq!((order.status, order.reason), (Failed, Some(Reason::Declined)));
            assert_eq!(kinds, ["OrderFailedEvent"]);
        }
        expect_no_effect(&command, &[Confirmed, Failed, Cancelled]);
    }
}
