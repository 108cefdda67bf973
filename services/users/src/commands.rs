//! Verbs: one for each thing that can be done. The only way in which this service's data changes.
//!
//! Verbs that give somebody an address or a subject name whoever has it among their needs, so that the second of two
//! equal ones is refused by the rules even when both come in one batch; the table's UNIQUE columns are the last line.

mod change_user;
mod create_user;
mod delete_user;
mod keep_user;
mod save_own_profile;

pub use change_user::ChangeUser;
pub use create_user::CreateUser;
pub use delete_user::DeleteUser;
pub use keep_user::KeepUser;
pub use save_own_profile::{SaveOwnProfile, Saved};

use boxoffice_contracts::{UserId, events::UserSaved};
use boxoffice_writer::{Moment, World};

use crate::{domain::Profile, error::Refusal, store::User};

/// The counter of ids.
const IDS: &str = "users";

fn user_of(world: &World, subject: &String) -> Option<UserId> {
    world.find::<User>(&["subject"], subject).first().map(|user| user.id)
}

/// Refuses an e-mail address that somebody other than `own` has.
fn must_be_free(profile: &Profile, own: Option<UserId>, world: &World) -> Result<(), Refusal> {
    let users = world.find::<User>(&["email_key"], &profile.email_key());
    if users.iter().all(|user| Some(user.id) == own) { Ok(()) } else { Err(Refusal::EmailTaken) }
}

/// Replaces the whole profile of the user `id`, which there is, and the subject where another one is named; says so.
fn replace(id: UserId, subject: Option<&String>, profile: &Profile, world: &mut World, moment: &Moment) -> User {
    let user = world.edit::<User>(id).expect("whoever calls has looked");
    if let Some(subject) = subject {
        user.subject = Some(subject.clone());
    }
    let Profile { name, email, address } = profile.clone();
    (user.name, user.email, user.address) = (name, email, address);
    user.email_key = Some(profile.email_key());
    user.updated_at = moment.now;
    let user = user.clone();
    say(&user, world, moment);
    user
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
    let User { id, subject, deleted_at, version, .. } = user;
    let saved = UserSaved { user_id: *id, subject: subject.clone(), deleted: deleted_at.is_some(), version: *version };
    world.say(&saved, moment);
}
