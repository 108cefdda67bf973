use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{
    is_owned_by, not_found,
    transition::{self, read_hold},
};
use crate::{
    domain::{HoldInput, HoldStatus},
    error::Refusal,
    store::Hold,
};

/// Releases a hold that no order has claimed. Repeating it has no effect.
pub struct ReleaseHold {
    /// The hold to release.
    pub id: BookingId,
    /// The subject of the caller's token; `None` for operators, who may release every hold.
    pub owner: Option<String>,
}

impl Command for ReleaseHold {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        read_hold(self.id, reads);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Refusal> {
        let hold = work.get::<Hold>(self.id).filter(|hold| is_owned_by(hold, self.owner.as_ref()));
        let hold = hold.cloned().ok_or_else(|| not_found("hold", self.id))?;
        match (hold.state().apply(HoldInput::Release), hold.status) {
            (Some(release), _) => transition::apply(work, self.id, release, &hold.hold_lines).map(|_| ()),
            (None, HoldStatus::Claimed | HoldStatus::Sold) => Err(Refusal::HoldClaimed),
            (None, _) => Ok(()),
        }
    }
}
