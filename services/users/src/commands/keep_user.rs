use boxoffice_contracts::UserId;
use boxoffice_writer::{Command, Moment, Need, World};

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

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<User>(self.id);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<i64, Refusal> {
        let known = world.get::<User>(self.id).filter(|user| user.deleted_at.is_none());
        let known = known.ok_or_else(|| Refusal::NotFound(self.id.to_string()))?;
        if known.version > self.version {
            return Ok(known.version);
        }
        let user = world.edit::<User>(self.id).expect("it was there a moment ago").clone();
        say(&user, world, moment);
        Ok(user.version)
    }
}
