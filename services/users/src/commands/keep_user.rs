use boxoffice_contracts::UserId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::say;
use crate::{error::Refusal, store::User};

/// Makes sure that a user is not deleted as `version`: one who has it still is saved as the next one, which is said, so
/// that whoever took the user for about to be deleted learns otherwise. The answer is the version that the user has.
pub struct KeepUser {
    /// Who.
    pub id: UserId,
    /// As what the user was to be deleted.
    pub version: i64,
}

impl Command for KeepUser {
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
        let user = work.edit::<User>(self.id).expect("it was there a moment ago").clone();
        say(&user, work, context);
        Ok(user.version)
    }
}
