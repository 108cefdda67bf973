//! Verbs: one for each thing that can be done. The only way in which this service's data changes.
//!
//! Both verbs name what must be unique among their needs, so that the second of two equal addresses is refused by the
//! rules even when both come in one batch; the table's UNIQUE columns are the last line.

use boxoffice_contracts::{UserId, events::UserSaved};
use boxoffice_writer::{Command, Moment, Need, Resource, World};

use crate::{domain::Profile, error::Refusal, store::User};

/// The counter of ids.
const IDS: &str = "users";

/// Makes a user.
pub struct CreateUser {
    /// The `sub` of the person's tokens; none for one who cannot sign in.
    pub subject: Option<String>,
    /// What is known of the person.
    pub profile: Profile,
}

impl Resource for User {
    fn resource(&self) -> String {
        self.id.to_string()
    }
}

impl Command for CreateUser {
    type Answer = User;
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.counter(IDS);
        need.find::<User>(&["email_key"], &self.profile.email_key());
        if let Some(subject) = &self.subject {
            need.find::<User>(&["subject"], subject);
        }
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<User, Refusal> {
        if self.subject.as_ref().is_some_and(|subject| user_of(world, subject).is_some()) {
            return Err(Refusal::SubjectTaken);
        }
        must_be_free(&self.profile, None, world)?;
        Ok(add(self.subject.clone(), &self.profile, world, moment))
    }
}

/// Saves the profile that belongs to a token: makes the user the first time, replaces the whole profile afterwards.
pub struct SaveOwnProfile {
    /// The token's `sub`.
    pub subject: String,
    /// What the person tells.
    pub profile: Profile,
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
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.counter(IDS);
        need.find::<User>(&["subject"], &self.subject);
        need.find::<User>(&["email_key"], &self.profile.email_key());
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<Saved, Refusal> {
        let own = user_of(world, &self.subject);
        must_be_free(&self.profile, own, world)?;
        let Some(id) = own else {
            let user = add(Some(self.subject.clone()), &self.profile, world, moment);
            return Ok(Saved { user, is_new: true });
        };
        let user = world.edit::<User>(id).expect("it was found a moment ago");
        let Profile { name, email, address } = self.profile.clone();
        (user.name, user.email, user.address) = (name, email, address);
        user.email_key = Some(self.profile.email_key());
        user.updated_at = moment.now;
        let user = user.clone();
        say(&user, world, moment);
        Ok(Saved { user, is_new: false })
    }
}

fn user_of(world: &World, subject: &String) -> Option<UserId> {
    world.find::<User>(&["subject"], subject).first().map(|user| user.id)
}

/// Refuses an e-mail address that somebody other than `own` has.
fn must_be_free(profile: &Profile, own: Option<UserId>, world: &World) -> Result<(), Refusal> {
    let users = world.find::<User>(&["email_key"], &profile.email_key());
    if users.iter().all(|user| Some(user.id) == own) { Ok(()) } else { Err(Refusal::EmailTaken) }
}

fn add(subject: Option<String>, profile: &Profile, world: &mut World, moment: &Moment) -> User {
    let Profile { name, email, address } = profile.clone();
    let user = User {
        id: UserId::from(world.next_number(IDS)),
        subject,
        name,
        email,
        email_key: Some(profile.email_key()),
        address,
        created_at: moment.now,
        updated_at: moment.now,
        deleted_at: None,
        version: 1,
    };
    world.insert(user.clone());
    say(&user, world, moment);
    user
}

fn say(user: &User, world: &mut World, moment: &Moment) {
    let User { id, subject, deleted_at, .. } = user;
    world.say(&UserSaved { user_id: *id, subject: subject.clone(), deleted: deleted_at.is_some() }, moment);
}
