use boxoffice_contracts::{
    Item, Reason,
    events::{InventoryReleased, InventorySold, PaymentProcessed},
};
use boxoffice_writer::{Command, Moment, Need, World};

use super::{each_quota, need_hold};
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

    fn needs(&self, need: &mut Need<'_>) {
        need_hold(self.0.order_id, need);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), Refusal> {
        let id = self.0.order_id;
        let hold = world.get::<Hold>(id).cloned().ok_or(Refusal::TooEarly)?;
        match hold.status {
            HoldStatus::Claimed if self.0.success => sell(world, &hold, moment),
            HoldStatus::Claimed => {
                let reason = self.0.reason.unwrap_or(Reason::Declined);
                super::free_places::free(world, &hold, reason, moment);
            }
            HoldStatus::Held | HoldStatus::Expired => return Err(Refusal::TooEarly),
            // Sold: heard before. Released: the order has ended, and payments gives back what it captured.
            HoldStatus::Sold | HoldStatus::Released => {}
        }
        Ok(())
    }
}

fn sell(world: &mut World, hold: &Hold, moment: &Moment) {
    let sold = each_quota(world, &hold.lines, |quota, places| -> Result<(), std::convert::Infallible> {
        Quota::sell(quota, places);
        Ok(())
    });
    let Ok(()) = sold;
    world.edit::<Hold>(hold.id).expect("it was there a moment ago").status = HoldStatus::Sold;
    let sold = InventorySold {
        order_id: hold.id,
        lines: Item::list(&hold.lines, hold.currency),
        currency: hold.currency,
        organizer_id: hold.organizer_id,
    };
    world.say(&sold, moment);
}

/// Says that the places of an order are free again.
pub(super) fn say_released(world: &mut World, hold: &Hold, reason: Reason, moment: &Moment) {
    let released = InventoryReleased { order_id: hold.id, reason, organizer_id: hold.organizer_id };
    world.say(&released, moment);
}
