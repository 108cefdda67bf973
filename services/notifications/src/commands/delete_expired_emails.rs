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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::{context, notification};

    fn deleted_before(work: &mut UnitOfWork, micros: i64) -> Timestamp {
        let command = DeleteExpiredEmails { ids: vec![notification().id], sent_before: Timestamp::from_micros(micros) };
        let Ok(()) = command.decide(work, &context());
        work.get::<RetentionMark>(MAILBOX.to_owned()).unwrap().deleted_before
    }

    #[test]
    fn the_retention_mark_never_moves_back() {
        let id = notification().id;
        let mut work =
            UnitOfWork::default().without_row::<RetentionMark>(MAILBOX.to_owned()).without_row::<MailboxEmail>(id);
        for (sent_before, expected) in [(20, 20), (10, 20), (30, 30)] {
            assert_eq!(deleted_before(&mut work, sent_before), Timestamp::from_micros(expected));
        }
    }

    #[test]
    fn the_email_is_deleted() {
        let row = notification();
        let email = MailboxEmail {
            message_id: row.id,
            booking_id: row.booking_id,
            to_address: "ada@example.com".into(),
            subject: row.subject,
            body: row.message,
            sent_at: Timestamp::from_micros(5),
            kind: row.kind,
        };
        let mut work = UnitOfWork::default().without_row::<RetentionMark>(MAILBOX.to_owned()).with_row(email);
        deleted_before(&mut work, 20);
        assert!(work.get::<MailboxEmail>(row.id).is_none());
    }
}
