use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::{IDS, add, must_be_free, user_of};
use crate::{domain::Profile, error::Refusal, store::User};

/// Makes a user.
pub struct CreateUser {
    /// The `sub` of the person's tokens; none for one who cannot sign in.
    pub subject: Option<String>,
    /// What is known of the person.
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
        must_be_free(&self.profile, None, work)?;
        Ok(add(self.subject.clone(), &self.profile, work, context))
    }
}
