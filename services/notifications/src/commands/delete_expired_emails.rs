use std::convert::Infallible;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::NotificationId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::store::{MAILBOX, MailboxEmail, RetentionMark};

/// Deletes e-mails from the mailbox and records how far. Their notifications, which say that they were sent, stay.
pub struct DeleteExpiredEmails {
    /// The e-mails to delete; each was sent before `sent_before`.
    pub ids: Vec<NotificationId>,
    /// Older e-mails may be missing from the mailbox from now on.
    pub sent_before: Timestamp,
}

impl Command for DeleteExpiredEmails {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<RetentionMark>(MAILBOX.to_owned());
        for id in &self.ids {
            reads.row::<MailboxEmail>(*id);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        for id in &self.ids {
            work.delete::<MailboxEmail>(*id);
        }
        match work.edit::<RetentionMark>(MAILBOX.to_owned()) {
            Some(mark) => mark.deleted_before = mark.deleted_before.max(self.sent_before),
            None => {
                let table_name = MAILBOX.to_owned();
                work.insert(RetentionMark { table_name, deleted_before: self.sent_before, version: 1 });
            }
        }
        Ok(())
    }
}
