use std::convert::Infallible;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::NotificationId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::store::{Forgotten, LETTERS, Mailed};

/// Takes letters out of the mailbox, and notes up to when some may be missing. That they were sent stands in their
/// notifications.
pub struct ForgetLetters {
    /// Which; each was sent before `until`.
    pub ids: Vec<NotificationId>,
    /// The time before which letters are taken away.
    pub until: Timestamp,
}

impl Command for ForgetLetters {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Forgotten>(LETTERS.to_owned());
        for id in &self.ids {
            reads.row::<Mailed>(*id);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        for id in &self.ids {
            work.delete::<Mailed>(*id);
        }
        match work.edit::<Forgotten>(LETTERS.to_owned()) {
            Some(known) => known.until = known.until.max(self.until),
            None => work.insert(Forgotten { what: LETTERS.to_owned(), until: self.until, version: 1 }),
        }
        Ok(())
    }
}
