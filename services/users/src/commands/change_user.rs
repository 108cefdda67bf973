use boxoffice_contracts::UserId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{must_be_free, replace, user_of};
use crate::{domain::Profile, error::Refusal, store::User};

/// Replaces the whole profile of a user, and gives the user another subject where one is named.
pub struct ChangeUser {
    /// Who.
    pub id: UserId,
    /// Whose tokens it must be; none: anybody's.
    pub owner: Option<String>,
    /// The `sub` of the person's tokens from now on; none: as it was.
    pub subject: Option<String>,
    /// What is known of the person.
    pub profile: Profile,
}

impl Command for ChangeUser {
    type Answer = User;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<User>(self.id);
        reads.find::<User>(&["email_key"], &self.profile.email_key());
        if let Some(subject) = &self.subject {
            reads.find::<User>(&["subject"], subject);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<User, Refusal> {
        let known = work.get::<User>(self.id).filter(|user| user.is_visible_to(self.owner.as_deref()));
        known.ok_or_else(|| Refusal::NotFound(self.id.to_string()))?;
        let other = self.subject.as_ref().and_then(|subject| user_of(work, subject)).filter(|other| *other != self.id);
        if other.is_some() {
            return Err(Refusal::SubjectTaken);
        }
        must_be_free(&self.profile, Some(self.id), work)?;
        Ok(replace(self.id, self.subject.as_ref(), &self.profile, work, context))
    }
}
