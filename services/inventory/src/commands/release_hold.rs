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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::{context, hold, id, seats, status, work};

    fn released(from: HoldStatus, owner: &str) -> (Result<(), Refusal>, HoldStatus, (i64, i64)) {
        let taken = if from == HoldStatus::Sold { (0, 2) } else { (2, 0) };
        let mut work = work(taken.0, taken.1).with_row(hold(from));
        let result = ReleaseHold { id: id(), owner: Some(owner.into()) }.decide(&mut work, &context());
        (result, status(&work), seats(&work))
    }

    #[test]
    fn only_an_unclaimed_hold_is_released() {
        assert_eq!(released(HoldStatus::Held, "ann"), (Ok(()), HoldStatus::Released, (0, 0)));
        assert_eq!(released(HoldStatus::Released, "ann"), (Ok(()), HoldStatus::Released, (2, 0)));
        assert_eq!(released(HoldStatus::Claimed, "ann"), (Err(Refusal::HoldClaimed), HoldStatus::Claimed, (2, 0)));
        assert_eq!(released(HoldStatus::Sold, "ann"), (Err(Refusal::HoldClaimed), HoldStatus::Sold, (0, 2)));
    }

    #[test]
    fn the_hold_of_another_owner_is_not_found() {
        assert_eq!(released(HoldStatus::Held, "bob"), (Err(not_found("hold", id())), HoldStatus::Held, (2, 0)));
    }
}
