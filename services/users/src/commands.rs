//! The commands of users, one file each. Only commands change the data of this service.
//!
//! A command that sets an e-mail address or a subject reads its current user, so that the second of two equal commands is
//! refused even within one batch. The UNIQUE columns of the table are the last defense.

mod abort_deletion;
mod change_user;
mod create_user;
mod delete_user;
mod save_own_profile;
#[cfg(test)]
mod testing;

pub use abort_deletion::AbortDeletion;
pub use change_user::ChangeUser;
pub use create_user::CreateUser;
pub use delete_user::DeleteUser;
pub use save_own_profile::{SaveOwnProfile, Saved};

use boxoffice_contracts::{UserId, events::UserSaved};
use boxoffice_writer::{CommandContext, UnitOfWork};

use crate::{domain::Profile, error::Refusal, store::User};

/// The name of the counter from which user ids come.
const IDS: &str = "users";

fn user_of(work: &UnitOfWork, subject: &String) -> Option<UserId> {
    work.find::<User>(&["subject"], subject).first().map(|user| user.id)
}

/// Refuses an e-mail address of a user other than `own`.
fn email_must_be_available(profile: &Profile, own: Option<UserId>, work: &UnitOfWork) -> Result<(), Refusal> {
    let users = work.find::<User>(&["email_key"], &profile.email_key());
    if users.iter().all(|user| Some(user.id) == own) { Ok(()) } else { Err(Refusal::EmailTaken) }
}

/// Replaces the profile of the user `id`, and the subject when `subject` is set, and publishes `UserSaved`.
fn replace(
    id: UserId,
    subject: Option<&String>,
    profile: &Profile,
    work: &mut UnitOfWork,
    context: &CommandContext,
) -> Result<User, Refusal> {
    let user = work.edit::<User>(id).ok_or_else(|| Refusal::NotFound(id.to_string()))?;
    if let Some(subject) = subject {
        user.subject = Some(subject.clone());
    }
    let Profile { name, email, address } = profile.clone();
    user.name = name;
    user.email = email;
    user.address = address;
    user.email_key = Some(profile.email_key());
    user.updated_at = context.now;
    let user = user.clone();
    publish_saved(&user, work, context);
    Ok(user)
}

fn insert(subject: Option<String>, profile: &Profile, work: &mut UnitOfWork, context: &CommandContext) -> User {
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
    publish_saved(&user, work, context);
    user
}

fn publish_saved(user: &User, work: &mut UnitOfWork, context: &CommandContext) {
    let User { id, subject, deleted_at, version, .. } = user;
    let saved = UserSaved { user_id: *id, subject: subject.clone(), deleted: deleted_at.is_some(), version: *version };
    work.publish(&saved, context);
}
