use boxoffice_writer::{Command, CommandContext, ConditionalRefused, ExpectedVersion, ReadSet, UnitOfWork};

use super::{IDS, add, must_be_free, replace, user_of};
use crate::{domain::Profile, error::Refusal, store::User};

/// Saves the profile that belongs to a token: makes the user the first time, replaces the whole profile afterwards.
pub struct SaveOwnProfile {
    /// The token's `sub`.
    pub subject: String,
    /// What the person tells.
    pub profile: Profile,
    /// As which version the person has seen the own user.
    pub expected: ExpectedVersion,
}

/// A profile that was saved.
#[derive(Debug)]
pub struct Saved {
    /// As it is now.
    pub user: User,
    /// Whether there was none before.
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
        must_be_free(&self.profile, own, work).map_err(ConditionalRefused::Refused)?;
        let version = own.and_then(|id| work.get::<User>(id)).map(|user| user.version);
        if !self.expected.matches(version) {
            return Err(ConditionalRefused::Changed(version));
        }
        let Some(id) = own else {
            let user = add(Some(self.subject.clone()), &self.profile, work, context);
            return Ok(Saved { user, is_new: true });
        };
        Ok(Saved { user: replace(id, None, &self.profile, work, context), is_new: false })
    }
}
