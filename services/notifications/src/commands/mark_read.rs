use boxoffice_contracts::{NotificationId, UserId};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

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

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Notification>(self.id);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<Notification, Refusal> {
        let known = work.get::<Notification>(self.id);
        let known = known.filter(|known| self.owner.is_none_or(|owner| owner == known.user_id));
        let known = known.cloned().ok_or(Refusal::NotFound(self.id))?;
        if known.is_read == self.read {
            return Ok(known);
        }
        let row = work.edit::<Notification>(self.id).expect("it was there a moment ago");
        row.is_read = self.read;
        Ok(row.clone())
    }
}
