use boxoffice_contracts::{NotificationId, UserId};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{error::Refusal, store::Notification};

/// Marks a notification as read or unread. Repeating the command changes nothing.
pub struct MarkRead {
    /// The id of the notification.
    pub id: NotificationId,
    /// The user to whom the notification must belong; `None` for an operator, who may mark any.
    pub owner: Option<UserId>,
    /// Whether the notification has been read.
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
        work.update(Notification { is_read: self.read, ..known });
        work.get::<Notification>(self.id).cloned().ok_or(Refusal::NotFound(self.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::{context, notification};

    fn decided(owner: Option<UserId>, read: bool) -> Result<Notification, Refusal> {
        let row = notification();
        let command = MarkRead { id: row.id, owner, read };
        command.decide(&mut UnitOfWork::default().with_row(row), &context())
    }

    #[test]
    fn only_a_change_increments_the_version() {
        assert_eq!(decided(None, false).unwrap().version, notification().version);
        let marked = decided(Some(notification().user_id), true).unwrap();
        assert_eq!((marked.is_read, marked.version), (true, notification().version + 1));
    }

    #[test]
    fn a_notification_of_another_user_is_not_found() {
        assert_eq!(decided(Some(UserId::from(9)), true), Err(Refusal::NotFound(notification().id)));
    }
}
