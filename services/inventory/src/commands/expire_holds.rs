use std::convert::Infallible;

use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, Moment, Need, World};

use super::{free_places::give_back, need_hold};
use crate::{domain::HoldStatus, store::Hold};

/// Gives back what nobody claimed in time. Holds that were claimed or released meanwhile are left alone.
pub struct ExpireHolds(pub Vec<BookingId>);

impl Command for ExpireHolds {
    /// How many ran out.
    type Answer = usize;
    type Refusal = Infallible;

    fn needs(&self, need: &mut Need<'_>) {
        for id in &self.0 {
            need_hold(*id, need);
        }
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<usize, Infallible> {
        let mut expired = 0;
        for id in &self.0 {
            let due = world
                .get::<Hold>(*id)
                .filter(|hold| hold.status == HoldStatus::Held && hold.expires_at.is_some_and(|end| end <= moment.now));
            if let Some(hold) = due.cloned() {
                give_back(world, &hold);
                let row = world.edit::<Hold>(*id).expect("it was there a moment ago");
                (row.status, row.expires_at) = (HoldStatus::Expired, None);
                expired += 1;
            }
        }
        Ok(expired)
    }
}
