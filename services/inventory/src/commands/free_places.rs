use std::convert::Infallible;

use boxoffice_contracts::{BookingId, Currency, OrganizerId, Reason};
use boxoffice_database::Json;
use boxoffice_writer::{Command, Moment, Need, World};

use super::{each_quota, need_hold, settle_payment::say_released};
use crate::{domain::HoldStatus, store::Hold};

/// An order ended without tickets: whatever it holds or has bought is given back. Where its hold is not known yet, a
/// tombstone is left, so that what comes later takes nothing.
pub struct FreePlaces {
    /// Which order.
    pub order: BookingId,
    /// Why it ended.
    pub reason: Reason,
    /// Who sells.
    pub organizer: OrganizerId,
    /// Of the order.
    pub currency: Currency,
}

impl Command for FreePlaces {
    type Answer = ();
    type Refusal = Infallible;

    fn needs(&self, need: &mut Need<'_>) {
        need_hold(self.order, need);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), Infallible> {
        match world.get::<Hold>(self.order).cloned() {
            Some(hold) if hold.is_active() => free(world, &hold, self.reason, moment),
            Some(hold) if hold.may_be_taken_again() => {
                let hold = world.edit::<Hold>(self.order).expect("it was there a moment ago");
                (hold.status, hold.reason) = (HoldStatus::Released, Some(self.reason));
            }
            Some(_) => {}
            None => world.insert(Hold {
                id: self.order,
                organizer_id: self.organizer,
                owner: moment.origin.actor.clone(),
                lines: Json::default(),
                currency: self.currency,
                status: HoldStatus::Released,
                reason: Some(self.reason),
                taken_at: moment.now,
                expires_at: None,
                extensions: 0,
                version: 1,
            }),
        }
        Ok(())
    }
}

/// Gives the places of an active hold back and says so.
pub(super) fn free(world: &mut World, hold: &Hold, reason: Reason, moment: &Moment) {
    give_back(world, hold);
    let row = world.edit::<Hold>(hold.id).expect("it was there a moment ago");
    (row.status, row.reason, row.expires_at) = (HoldStatus::Released, Some(reason), None);
    say_released(world, hold, reason, moment);
}

/// Counts the places of a hold as available again.
pub(super) fn give_back(world: &mut World, hold: &Hold) {
    let given = each_quota(world, &hold.lines, |quota, places| -> Result<(), Infallible> {
        match hold.status {
            HoldStatus::Sold => quota.release_sold(places),
            _ => quota.release_held(places),
        }
        Ok(())
    });
    let Ok(()) = given;
}
