use boxoffice_writer::{Command, Expected, Moment, Need, UnchangedRefused, World};

use super::{IDS, add, must_be_free, replace, user_of};
use crate::{domain::Profile, error::Refusal, store::User};

/// Saves the profile that belongs to a token: makes the user the first time, replaces the whole profile afterwards.
pub struct SaveOwnProfile {
    /// The token's `sub`.
    pub subject: String,
    /// What the person tells.
    pub profile: Profile,
    /// As which version the person has seen the own user.
    pub expected: Expected,
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
    type Refusal = UnchangedRefused<Refusal>;

    fn needs(&self, need: &mut Need<'_>) {
        need.counter(IDS);
        need.find::<User>(&["subject"], &self.subject);
        need.find::<User>(&["email_key"], &self.profile.email_key());
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<Saved, Self::Refusal> {
        let own = user_of(world, &self.subject);
        must_be_free(&self.profile, own, world).map_err(UnchangedRefused::Refused)?;
        let version = own.and_then(|id| world.get::<User>(id)).map(|user| user.version);
        if !self.expected.fits(version) {
            return Err(UnchangedRefused::Changed(version));
        }
        let Some(id) = own else {
            let user = add(Some(self.subject.clone()), &self.profile, world, moment);
            return Ok(Saved { user, is_new: true });
        };
        Ok(Saved { user: replace(id, None, &self.profile, world, moment), is_new: false })
    }
}
