use boxoffice_contracts::UserId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::say;
use crate::{error::Refusal, store::User};

/// Deletes a user for whom nothing can be booked any more: name and addresses are blanked, e-mail and subject are free at
/// once. The row stays for what refers to it.
pub struct DeleteUser {
    /// Who.
    pub id: UserId,
    /// The version that bookings was told of. Whoever was saved since may have been let in again there.
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
        let user = work.edit::<User>(self.id).expect("it was there a moment ago");
        (user.subject, user.email_key, user.address) = (None, None, None);
        user.name.clear();
        user.email.clear();
        (user.updated_at, user.deleted_at) = (context.now, Some(context.now));
        let user = user.clone();
        say(&user, work, context);
        Ok(())
    }
}
