use boxoffice_contracts::{BookingId, Reason};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{commands::apply, domain::OrderInput, error::Refusal, store::Order};

/// Records whether inventory holds the seats of an order.
pub struct RecordReservation {
    /// Id of the order.
    pub order: BookingId,
    /// The reason why inventory refused the seats; `None` when they are held.
    pub refused: Option<Reason>,
}

impl Command for RecordReservation {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let input = self.refused.map_or(OrderInput::SeatsHeld, OrderInput::SeatsRefused);
        apply(work, self.order, input, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{decided, expect_no_effect, id},
        domain::OrderStatus::{Cancelled, Confirmed, Created, Failed, Paid, Reserved},
    };

    #[test]
    fn held_seats_reserve_the_order_and_refused_seats_fail_it() {
        let (order, kinds) = decided(&RecordReservation { order: id(), refused: None }, Created);
        assert_eq!((order.status, kinds), (Reserved, vec![]));
        let refused = RecordReservation { order: id(), refused: Some(Reason::SoldOut) };
        let (order, kinds) = decided(&refused, Created);
        assert_eq!((order.status, order.reason), (Failed, Some(Reason::SoldOut)));
        assert_eq!(kinds, ["OrderFailedEvent"]);
    }

    #[test]
    fn a_late_message_has_no_effect() {
        let held = RecordReservation { order: id(), refused: None };
        expect_no_effect(&held, &[Reserved, Paid, Confirmed, Failed, Cancelled]);
    }
}
