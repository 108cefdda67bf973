use boxoffice_contracts::UserId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{must_not_be_taken, replace, user_of};
use crate::{domain::Profile, error::Refusal, store::User};

/// Replaces the profile of a user, and the subject when one is set.
pub struct ChangeUser {
    /// The user to change.
    pub id: UserId,
    /// The subject that the user must have; `None` for operators, who may change every user.
    pub owner: Option<String>,
    /// The new subject; `None` keeps the current one.
    pub subject: Option<String>,
    /// The profile that replaces the current one.
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
        must_not_be_taken(&self.profile, Some(self.id), work)?;
        replace(self.id, self.subject.as_ref(), &self.profile, work, context)
    }
}
