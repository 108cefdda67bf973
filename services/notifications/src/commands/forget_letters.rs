use std::convert::Infallible;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::NotificationId;
use boxoffice_writer::{Command, Moment, Need, World};

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

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Forgotten>(LETTERS.to_owned());
        for id in &self.ids {
            need.row::<Mailed>(*id);
        }
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<(), Infallible> {
        for id in &self.ids {
            world.delete::<Mailed>(*id);
        }
        match world.edit::<Forgotten>(LETTERS.to_owned()) {
            Some(known) => known.until = known.until.max(self.until),
            None => world.insert(Forgotten { what: LETTERS.to_owned(), until: self.until, version: 1 }),
        }
        Ok(())
    }
}
