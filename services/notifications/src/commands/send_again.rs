use std::convert::Infallible;

use boxoffice_writer::{Command, Moment, Need, World};

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

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Notification>(self.0.notification_id);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), Infallible> {
        let id = self.0.notification_id;
        if world.get::<Notification>(id).is_some_and(|known| known.status == Status::Failed) {
            world.edit::<Notification>(id).expect("it was there a moment ago").queued_again(moment.now);
            world.nudge(QUEUED, id.get());
        }
        Ok(())
    }
}
