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
