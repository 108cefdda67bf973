use std::convert::Infallible;

use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{free_places::give_back, read_hold};
use crate::{domain::HoldStatus, store::Hold};

/// Gives back what nobody claimed in time. Holds that were claimed or released meanwhile are left alone.
pub struct ExpireHolds(pub Vec<BookingId>);

impl Command for ExpireHolds {
    /// How many ran out.
    type Answer = usize;
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        for id in &self.0 {
            read_hold(*id, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<usize, Infallible> {
        let mut expired = 0;
        for id in &self.0 {
            let due = work.get::<Hold>(*id).filter(|hold| {
                hold.status == HoldStatus::Held && hold.expires_at.is_some_and(|end| end <= context.now)
            });
            if let Some(hold) = due.cloned() {
                give_back(work, &hold);
                let row = work.edit::<Hold>(*id).expect("it was there a moment ago");
                (row.status, row.expires_at) = (HoldStatus::Expired, None);
                expired += 1;
            }
        }
        Ok(expired)
    }
}
