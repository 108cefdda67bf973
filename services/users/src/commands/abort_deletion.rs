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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::{context, user};

    #[test]
    fn only_a_user_of_the_given_version_is_published_again() {
        for (version, published) in [(3, 1), (2, 0)] {
            let mut work = UnitOfWork::default().with_row(user(1, "ada@example.com"));
            let answer = AbortDeletion { id: UserId::from(1), version }.decide(&mut work, &context()).unwrap();
            assert_eq!((answer > version, work.published().len()), (true, published), "{version}");
        }
    }

    #[test]
    fn a_deleted_user_is_not_found() {
        let gone = User { deleted_at: Some(context().now), ..user(1, "ada@example.com") };
        let mut work = UnitOfWork::default().with_row(gone);
        let refused = AbortDeletion { id: UserId::from(1), version: 3 }.decide(&mut work, &context());
        assert_eq!(refused, Err(Refusal::NotFound("1".into())));
    }
}
