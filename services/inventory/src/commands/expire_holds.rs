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
