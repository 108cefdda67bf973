use boxoffice_contracts::{NotificationId, UserId};
use boxoffice_writer::{Command, Moment, Need, World};

use crate::{error::Refusal, store::Notification};

/// Notes whether a notification was read. Repeated, it does nothing.
pub struct MarkRead {
    /// Which one.
    pub id: NotificationId,
    /// Whose it must be; none: anybody's.
    pub owner: Option<UserId>,
    /// Whether it was.
    pub read: bool,
}

impl Command for MarkRead {
    type Answer = Notification;
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Notification>(self.id);
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<Notification, Refusal> {
        let known = world.get::<Notification>(self.id);
        let known = known.filter(|known| self.owner.is_none_or(|owner| owner == known.user_id));
        let known = known.cloned().ok_or(Refusal::NotFound(self.id))?;
        if known.is_read == self.read {
            return Ok(known);
        }
        let row = world.edit::<Notification>(self.id).expect("it was there a moment ago");
        row.is_read = self.read;
        Ok(row.clone())
    }
}
