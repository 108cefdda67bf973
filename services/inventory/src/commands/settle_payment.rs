use boxoffice_contracts::{
    Item, Reason,
    events::{InventoryReleased, InventorySold, PaymentProcessed},
};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{each_quota, read_hold};
use crate::{
    domain::HoldStatus,
    error::Refusal,
    store::{Hold, Quota},
};

/// The outcome of a payment is known: what was held is sold, or given back.
pub struct SettlePayment(pub PaymentProcessed);

impl Command for SettlePayment {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        read_hold(self.0.order_id, reads);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let id = self.0.order_id;
        let hold = work.get::<Hold>(id).cloned().ok_or(Refusal::TooEarly)?;
        match hold.status {
            HoldStatus::Claimed if self.0.success => sell(work, &hold, context),
            HoldStatus::Claimed => {
                let reason = self.0.reason.unwrap_or(Reason::Declined);
                super::free_places::free(work, &hold, reason, context);
            }
            HoldStatus::Held | HoldStatus::Expired => return Err(Refusal::TooEarly),
            // Sold: heard before. Released: the order has ended, and payments gives back what it captured.
            HoldStatus::Sold | HoldStatus::Released => {}
        }
        Ok(())
    }
}

fn sell(work: &mut UnitOfWork, hold: &Hold, context: &CommandContext) {
    let sold = each_quota(work, &hold.lines, |quota, places| -> Result<(), std::convert::Infallible> {
        Quota::sell(quota, places);
        Ok(())
    });
    let Ok(()) = sold;
    work.edit::<Hold>(hold.id).expect("it was there a moment ago").status = HoldStatus::Sold;
    let sold = InventorySold {
        order_id: hold.id,
        lines: Item::from_lines(&hold.lines, hold.currency),
        currency: hold.currency,
        organizer_id: hold.organizer_id,
    };
    work.publish(&sold, context);
}

/// Says that the places of an order are free again.
pub(super) fn say_released(work: &mut UnitOfWork, hold: &Hold, reason: Reason, context: &CommandContext) {
    let released = InventoryReleased { order_id: hold.id, reason, organizer_id: hold.organizer_id };
    work.publish(&released, context);
}
