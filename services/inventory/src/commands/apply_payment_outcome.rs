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

#[cfg(test)]
mod tests {
    use boxoffice_contracts::{Currency, Money, OrganizerId};

    use super::*;
    use crate::commands::testing::{context, hold, id, seats, status, work};

    type Applied = (Result<(), Refusal>, HoldStatus, (i64, i64), Vec<String>);

    fn applied(from: HoldStatus, held: i64, sold: i64, reason: Option<Reason>) -> Applied {
        let mut work = work(held, sold).with_row(hold(from));
        let payment = PaymentProcessed {
            order_id: id(),
            success: reason.is_none(),
            amount: Money::new(5100, Currency::EUR).decimal(),
            currency: Currency::EUR,
            transaction_id: None,
            reason,
            message: String::new(),
            organizer_id: OrganizerId::from(1),
        };
        let result = ApplyPaymentOutcome(payment).decide(&mut work, &context());
        let kinds = work.published().iter().map(|message| message.kind.to_string()).collect();
        (result, status(&work), seats(&work), kinds)
    }

    #[test]
    fn a_claimed_hold_is_sold_or_released() {
        let sold = applied(HoldStatus::Claimed, 2, 0, None);
        assert_eq!(sold, (Ok(()), HoldStatus::Sold, (0, 2), vec!["InventorySoldEvent".to_owned()]));
        let released = applied(HoldStatus::Claimed, 2, 0, Some(Reason::Declined));
        assert_eq!(released, (Ok(()), HoldStatus::Released, (0, 0), vec!["InventoryReleasedEvent".to_owned()]));
    }

    #[test]
    fn an_outcome_before_the_order_is_too_early() {
        for (from, held) in [(HoldStatus::Held, 2), (HoldStatus::Expired, 0)] {
            let refused = applied(from, held, 0, None);
            assert_eq!(refused, (Err(Refusal::TooEarly), from, (held, 0), vec![]));
        }
    }

    #[test]
    fn a_duplicate_and_a_late_outcome_have_no_effect() {
        assert_eq!(applied(HoldStatus::Sold, 0, 2, None), (Ok(()), HoldStatus::Sold, (0, 2), vec![]));
        assert_eq!(applied(HoldStatus::Released, 0, 0, None), (Ok(()), HoldStatus::Released, (0, 0), vec![]));
    }
}
