use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::transition::{self, read_hold};
use crate::{domain::HoldInput, error::Refusal, store::Hold};

/// Expires overdue holds and releases their seats. It ignores holds that were claimed, released or extended meanwhile.
pub struct ExpireHolds(pub Vec<BookingId>);

impl Command for ExpireHolds {
    /// The number of holds that expired.
    type Answer = usize;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        for id in &self.0 {
            read_hold(*id, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<usize, Refusal> {
        let mut expired = 0;
        for id in &self.0 {
            let Some(hold) = work.get::<Hold>(*id).cloned() else { continue };
            if let Some(expiry) = hold.state().apply(HoldInput::Expire { now: context.now }) {
                transition::apply(work, *id, expiry, &hold.hold_lines)?;
                expired += 1;
            }
        }
        Ok(expired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{after, context, hold, id, seats, status, work},
        domain::HoldStatus,
    };

    fn expired(hold: Hold) -> (usize, HoldStatus, (i64, i64)) {
        let mut work = work(2, 0).with_row(hold);
        let count = ExpireHolds(vec![id()]).decide(&mut work, &context()).unwrap();
        (count, status(&work), seats(&work))
    }

    #[test]
    fn only_an_overdue_held_hold_expires() {
        let overdue = Hold { expires_at: Some(after(0)), ..hold(HoldStatus::Held) };
        assert_eq!(expired(overdue), (1, HoldStatus::Expired, (0, 0)));
        for status in [HoldStatus::Held, HoldStatus::Claimed, HoldStatus::Released] {
            assert_eq!(expired(hold(status)), (0, status, (2, 0)));
        }
    }
}
