use boxoffice_contracts::{
    Item, Reason,
    events::{InventorySold, PaymentProcessed},
};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{
    release_seats::publish_released,
    transition::{self, read_hold},
};
use crate::{
    domain::{HoldInput, HoldStatus},
    error::Refusal,
    store::Hold,
};

/// Applies the outcome of a payment to the hold of its order: success sells the seats, failure releases them.
pub struct ApplyPaymentOutcome(pub PaymentProcessed);

impl Command for ApplyPaymentOutcome {
    type Answer = ();
    /// [`Refusal::TooEarly`] until the order has claimed the hold; the writer then redelivers the message.
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        read_hold(self.0.order_id, reads);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let payment = &self.0;
        let hold = work.get::<Hold>(payment.order_id).cloned().ok_or(Refusal::TooEarly)?;
        let reason = payment.reason.unwrap_or(Reason::Declined);
        let input = if payment.success { HoldInput::Sell } else { HoldInput::Decline { reason } };
        let Some(transition) = hold.state().apply(input) else {
            return match hold.status {
                HoldStatus::Held | HoldStatus::Expired => Err(Refusal::TooEarly),
                // Sold: a duplicate. Released: the order has ended, and payments refunds what it captured.
                HoldStatus::Claimed | HoldStatus::Sold | HoldStatus::Released => Ok(()),
            };
        };
        transition::apply(work, hold.id, transition, &hold.hold_lines)?;
        if payment.success {
            publish_sold(work, &hold, context);
        } else {
            publish_released(work, &hold, reason, context);
        }
        Ok(())
    }
}

fn publish_sold(work: &mut UnitOfWork, hold: &Hold, context: &CommandContext) {
    let sold = InventorySold {
        order_id: hold.id,
        lines: Item::from_lines(&hold.hold_lines, hold.currency),
        currency: hold.currency,
        organizer_id: hold.organizer_id,
    };
    work.publish(&sold, context);
}
