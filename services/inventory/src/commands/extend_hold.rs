use std::time::Duration;

use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{is_owned_by, not_found, transition};
use crate::{
    domain::{HoldInput, HoldStatus},
    error::Refusal,
    store::Hold,
};

/// Extends a hold: it expires `lifetime` from now, or later if it would have expired later anyway.
pub struct ExtendHold {
    /// The hold to extend.
    pub id: BookingId,
    /// The subject of the caller's token; `None` for operators, who may extend every hold.
    pub owner: Option<String>,
    /// How long the seats stay reserved, counted from now.
    pub lifetime: Duration,
}

impl Command for ExtendHold {
    type Answer = Hold;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Hold>(self.id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Hold, Refusal> {
        let hold = work.get::<Hold>(self.id).filter(|hold| is_owned_by(hold, self.owner.as_ref()));
        let state = hold.ok_or_else(|| not_found("hold", self.id))?.state();
        let input = HoldInput::Extend { now: context.now, until: context.now.plus(self.lifetime) };
        let extension = state.apply(input).ok_or(match state.status {
            HoldStatus::Claimed | HoldStatus::Sold => Refusal::HoldClaimed,
            HoldStatus::Held if !state.is_overdue(context.now) => Refusal::ExtendedTwice,
            HoldStatus::Held | HoldStatus::Released | HoldStatus::Expired => Refusal::HoldOver,
        })?;
        Ok(transition::apply(work, self.id, extension, &[])?.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{after, context, hold, id, work},
        domain::MAX_EXTENSIONS,
    };

    fn extended(hold: Hold) -> Result<Hold, Refusal> {
        let command = ExtendHold { id: id(), owner: Some("ann".into()), lifetime: Duration::from_secs(90) };
        command.decide(&mut work(2, 0).with_row(hold), &context())
    }

    #[test]
    fn an_extension_is_counted_and_never_shortens_the_hold() {
        for (expires_at, expected) in [(after(60), after(90)), (after(120), after(120))] {
            let hold = extended(Hold { expires_at: Some(expires_at), ..hold(HoldStatus::Held) }).unwrap();
            assert_eq!((hold.expires_at, hold.extensions), (Some(expected), 1));
        }
    }

    #[test]
    fn claimed_ended_and_twice_extended_holds_are_not_extended() {
        let twice = Hold { extensions: MAX_EXTENSIONS, ..hold(HoldStatus::Held) };
        assert_eq!(extended(twice).unwrap_err(), Refusal::ExtendedTwice);
        let overdue = Hold { expires_at: Some(after(0)), ..hold(HoldStatus::Held) };
        assert_eq!(extended(overdue).unwrap_err(), Refusal::HoldOver);
        assert_eq!(extended(hold(HoldStatus::Claimed)).unwrap_err(), Refusal::HoldClaimed);
        assert_eq!(extended(hold(HoldStatus::Expired)).unwrap_err(), Refusal::HoldOver);
    }
}
