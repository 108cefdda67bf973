use std::convert::Infallible;

use boxoffice_contracts::{BookingId, Currency, OrganizerId, Reason};
use boxoffice_database::Json;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{each_quota, read_hold, settle_payment::say_released};
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

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        read_hold(self.order, reads);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Infallible> {
        match work.get::<Hold>(self.order).cloned() {
            Some(hold) if hold.is_active() => free(work, &hold, self.reason, context),
            Some(hold) if hold.may_be_taken_again() => {
                let hold = work.edit::<Hold>(self.order).expect("it was there a moment ago");
                (hold.status, hold.reason) = (HoldStatus::Released, Some(self.reason));
            }
            Some(_) => {}
            None => work.insert(Hold {
                id: self.order,
                organizer_id: self.organizer,
                owner: context.origin.actor.clone(),
                lines: Json::default(),
                currency: self.currency,
                status: HoldStatus::Released,
                reason: Some(self.reason),
                taken_at: context.now,
                expires_at: None,
                extensions: 0,
                version: 1,
            }),
        }
        Ok(())
    }
}

/// Gives the places of an active hold back and says so.
pub(super) fn free(work: &mut UnitOfWork, hold: &Hold, reason: Reason, context: &CommandContext) {
    give_back(work, hold);
    let row = work.edit::<Hold>(hold.id).expect("it was there a moment ago");
    (row.status, row.reason, row.expires_at) = (HoldStatus::Released, Some(reason), None);
    say_released(work, hold, reason, context);
}

/// Counts the places of a hold as available again.
pub(super) fn give_back(work: &mut UnitOfWork, hold: &Hold) {
    let given = each_quota(work, &hold.lines, |quota, places| -> Result<(), Infallible> {
        match hold.status {
            HoldStatus::Sold => quota.release_sold(places),
            _ => quota.release_held(places),
        }
        Ok(())
    });
    let Ok(()) = given;
}
