use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::{IDS, email_must_be_available, insert, user_of};
use crate::{domain::Profile, error::Refusal, store::User};

/// Creates a user with a profile and, optionally, a subject.
pub struct CreateUser {
    /// The `sub` of the user's tokens; `None` for a user who cannot sign in.
    pub subject: Option<String>,
    /// The profile of the user.
    pub profile: Profile,
}

impl Resource for User {
    fn resource_id(&self) -> String {
        self.id.to_string()
    }
}

impl Command for CreateUser {
    type Answer = User;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.counter(IDS);
        reads.find::<User>(&["email_key"], &self.profile.email_key());
        if let Some(subject) = &self.subject {
            reads.find::<User>(&["subject"], subject);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<User, Refusal> {
        if self.subject.as_ref().is_some_and(|subject| user_of(work, subject).is_some()) {
            return Err(Refusal::SubjectTaken);
        }
        email_must_be_available(&self.profile, None, work)?;
        Ok(insert(self.subject.clone(), &self.profile, work, context))
    }
}
