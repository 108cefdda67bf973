use boxoffice_contracts::UserId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::publish_saved;
use crate::{error::Refusal, store::User};

/// Deletes a user of whom bookings accepts no more bookings. Name and addresses are erased; e-mail address and subject can
/// be used again immediately. The row stays for references to it.
pub struct DeleteUser {
    /// The user to delete.
    pub id: UserId,
    /// The version that bookings received. It accepts bookings again for a user who was saved since.
    pub version: i64,
}

impl Command for DeleteUser {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<User>(self.id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let known = work.get::<User>(self.id).filter(|user| user.deleted_at.is_none());
        let known = known.ok_or_else(|| Refusal::NotFound(self.id.to_string()))?;
        if known.version != self.version {
            return Err(Refusal::ChangedMeanwhile);
        }
        let user = work.edit::<User>(self.id).ok_or_else(|| Refusal::NotFound(self.id.to_string()))?;
        user.subject = None;
        user.email_key = None;
        user.address = None;
        user.name.clear();
        user.email.clear();
        user.updated_at = context.now;
        user.deleted_at = Some(context.now);
        let user = user.clone();
        publish_saved(&user, work, context);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::{context, user};

    fn deleted(row: User, version: i64) -> (Result<(), Refusal>, User) {
        let (id, mut work) = (row.id, UnitOfWork::default().with_row(row));
        let result = DeleteUser { id, version }.decide(&mut work, &context());
        assert_eq!(work.published().len(), usize::from(result.is_ok()));
        (result, work.get::<User>(id).unwrap().clone())
    }

    #[test]
    fn all_personal_data_is_erased() {
        let (result, row) = deleted(user(1, "ada@example.com"), 3);
        assert_eq!((result, row.deleted_at), (Ok(()), Some(context().now)));
        assert_eq!((row.name.as_str(), row.email.as_str()), ("", ""));
        assert_eq!((row.subject, row.email_key, row.address), (None, None, None));
    }

    #[test]
    fn a_changed_or_deleted_user_is_refused() {
        let row = user(1, "ada@example.com");
        assert_eq!(deleted(row.clone(), 2).0, Err(Refusal::ChangedMeanwhile));
        let gone = User { deleted_at: Some(context().now), ..row };
        assert_eq!(deleted(gone, 3).0, Err(Refusal::NotFound("1".into())));
    }
}
