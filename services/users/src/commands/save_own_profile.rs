use boxoffice_writer::{Command, CommandContext, ConditionalRefused, ExpectedVersion, ReadSet, UnitOfWork};

use super::{IDS, email_must_be_available, insert, replace, user_of};
use crate::{domain::Profile, error::Refusal, store::User};

/// Saves the profile of the caller: creates the user the first time, replaces the profile afterwards.
pub struct SaveOwnProfile {
    /// The `sub` of the caller's token.
    pub subject: String,
    /// The profile that replaces the current one, or that of the new user.
    pub profile: Profile,
    /// The version that the client has read.
    pub expected: ExpectedVersion,
}

/// The result of [`SaveOwnProfile`].
#[derive(Debug)]
pub struct Saved {
    /// The user after the command.
    pub user: User,
    /// Whether the command created the user.
    pub is_new: bool,
}

impl Command for SaveOwnProfile {
    type Answer = Saved;
    type Refusal = ConditionalRefused<Refusal>;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.counter(IDS);
        reads.find::<User>(&["subject"], &self.subject);
        reads.find::<User>(&["email_key"], &self.profile.email_key());
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Saved, Self::Refusal> {
        let own = user_of(work, &self.subject);
        email_must_be_available(&self.profile, own, work).map_err(ConditionalRefused::Refused)?;
        let version = own.and_then(|id| work.get::<User>(id)).map(|user| user.version);
        if !self.expected.matches(version) {
            return Err(ConditionalRefused::Changed(version));
        }
        let Some(id) = own else {
            let user = insert(Some(self.subject.clone()), &self.profile, work, context);
            return Ok(Saved { user, is_new: true });
        };
        // `None` keeps the subject.
        let user = replace(id, None, &self.profile, work, context).map_err(ConditionalRefused::Refused)?;
        Ok(Saved { user, is_new: false })
    }
}
