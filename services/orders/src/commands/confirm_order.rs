use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{commands::apply, domain::OrderInput, error::Refusal, store::Order};

/// Confirms an order whose seats are sold. Nothing else confirms an order.
pub struct ConfirmOrder {
    /// Id of the order.
    pub order: BookingId,
}

impl Command for ConfirmOrder {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        apply(work, self.order, OrderInput::SeatsSold, context)
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
    fn sold_seats_confirm_the_order_even_before_its_other_messages() {
        for status in [Created, Reserved, Paid] {
            let (order, kinds) = decided(&ConfirmOrder { order: id() }, status);
            assert_eq!((order.status, kinds), (Confirmed, vec!["OrderConfirmedEvent".to_owned()]));
        }
        expect_no_effect(&ConfirmOrder { order: id() }, &[Confirmed, Failed, Cancelled]);
    }
}
