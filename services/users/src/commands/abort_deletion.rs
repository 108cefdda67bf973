use boxoffice_contracts::UserId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::publish_saved;
use crate::{error::Refusal, store::User};

/// Aborts the deletion of a user at `version`: a user who still has this version is saved as the next one and published, so
/// that bookings accepts bookings of the user again. The answer is the version of the user.
pub struct AbortDeletion {
    /// The user to keep.
    pub id: UserId,
    /// The version at which the deletion began.
    pub version: i64,
}

impl Command for AbortDeletion {
    type Answer = i64;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<User>(self.id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<i64, Refusal> {
        let known = work.get::<User>(self.id).filter(|user| user.deleted_at.is_none());
        let known = known.ok_or_else(|| Refusal::NotFound(self.id.to_string()))?;
        if known.version > self.version {
            return Ok(known.version);
        }
        let user = work.edit::<User>(self.id).ok_or_else(|| Refusal::NotFound(self.id.to_string()))?.clone();
        publish_saved(&user, work, context);
        Ok(user.version)
    }
}
