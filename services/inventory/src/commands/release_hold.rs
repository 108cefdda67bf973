use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{free_places::give_back, read_hold};
use crate::{domain::HoldStatus, error::Refusal, store::Hold};

/// A buyer gives a hold back before it became an order. Repeated, it does nothing.
pub struct ReleaseHold {
    /// Which hold.
    pub id: BookingId,
    /// The subject of the caller's token; none for operators, who may release any.
    pub owner: Option<String>,
}

impl Command for ReleaseHold {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        read_hold(self.id, reads);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Refusal> {
        let hold =
            work.get::<Hold>(self.id).filter(|hold| self.owner.as_ref().is_none_or(|owner| *owner == hold.owner));
        let hold = hold.cloned().ok_or_else(|| Refusal::NotFound { what: "hold", id: self.id.to_string() })?;
        match hold.status {
            HoldStatus::Held => {
                give_back(work, &hold);
                let row = work.edit::<Hold>(self.id).expect("it was there a moment ago");
                (row.status, row.expires_at) = (HoldStatus::Released, None);
                Ok(())
            }
            HoldStatus::Claimed | HoldStatus::Sold => Err(Refusal::HoldClaimed),
            HoldStatus::Released | HoldStatus::Expired => Ok(()),
        }
    }
}
