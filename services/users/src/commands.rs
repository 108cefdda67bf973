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
use boxoffice_writer::{CommandContext, UnitOfWork};

use crate::{domain::Profile, error::Refusal, store::User};

/// The counter of ids.
const IDS: &str = "users";

fn user_of(work: &UnitOfWork, subject: &String) -> Option<UserId> {
    work.find::<User>(&["subject"], subject).first().map(|user| user.id)
}

/// Refuses an e-mail address that somebody other than `own` has.
fn must_be_free(profile: &Profile, own: Option<UserId>, work: &UnitOfWork) -> Result<(), Refusal> {
    let users = work.find::<User>(&["email_key"], &profile.email_key());
    if users.iter().all(|user| Some(user.id) == own) { Ok(()) } else { Err(Refusal::EmailTaken) }
}

/// Replaces the whole profile of the user `id`, which there is, and the subject where another one is named; says so.
fn replace(
    id: UserId,
    subject: Option<&String>,
    profile: &Profile,
    work: &mut UnitOfWork,
    context: &CommandContext,
) -> User {
    let user = work.edit::<User>(id).expect("whoever calls has looked");
    if let Some(subject) = subject {
        user.subject = Some(subject.clone());
    }
    let Profile { name, email, address } = profile.clone();
    (user.name, user.email, user.address) = (name, email, address);
    user.email_key = Some(profile.email_key());
    user.updated_at = context.now;
    let user = user.clone();
    say(&user, work, context);
    user
}

fn add(subject: Option<String>, profile: &Profile, work: &mut UnitOfWork, context: &CommandContext) -> User {
    let Profile { name, email, address } = profile.clone();
    let user = User {
        id: UserId::from(work.next_number(IDS)),
        subject,
        name,
        email,
        email_key: Some(profile.email_key()),
        address,
        created_at: context.now,
        updated_at: context.now,
        deleted_at: None,
        version: 1,
    };
    work.insert(user.clone());
    say(&user, work, context);
    user
}

fn say(user: &User, work: &mut UnitOfWork, context: &CommandContext) {
    let User { id, subject, deleted_at, version, .. } = user;
    let saved = UserSaved { user_id: *id, subject: subject.clone(), deleted: deleted_at.is_some(), version: *version };
    work.publish(&saved, context);
}
