use std::convert::Infallible;

use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::QUEUED;
use crate::{
    domain::{NotificationQueued, Status},
    store::Notification,
};

/// An operator replays a letter that was given up: it is queued again. Repeated, it does nothing.
pub struct SendAgain(pub NotificationQueued);

impl Command for SendAgain {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Notification>(self.0.notification_id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Infallible> {
        let id = self.0.notification_id;
        if work.get::<Notification>(id).is_some_and(|known| known.status == Status::Failed) {
            work.edit::<Notification>(id).expect("it was there a moment ago").queued_again(context.now);
            work.signal(QUEUED, id.get());
        }
        Ok(())
    }
}
