use boxoffice_contracts::UserId;
use boxoffice_writer::{Command, Moment, Need, World};

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

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<User>(self.id);
        need.find::<User>(&["email_key"], &self.profile.email_key());
        if let Some(subject) = &self.subject {
            need.find::<User>(&["subject"], subject);
        }
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<User, Refusal> {
        let known = world.get::<User>(self.id).filter(|user| user.is_visible_to(self.owner.as_deref()));
        known.ok_or_else(|| Refusal::NotFound(self.id.to_string()))?;
        let other = self.subject.as_ref().and_then(|subject| user_of(world, subject)).filter(|other| *other != self.id);
        if other.is_some() {
            return Err(Refusal::SubjectTaken);
        }
        must_be_free(&self.profile, Some(self.id), world)?;
        Ok(replace(self.id, self.subject.as_ref(), &self.profile, world, moment))
    }
}
