//! Rows for the unit tests of the commands.

use boxoffice_clock::{Entropy, Timestamp};
use boxoffice_contracts::UserId;
use boxoffice_envelope::Origin;
use boxoffice_writer::CommandContext;

use crate::{domain::Profile, store::User};

pub(super) fn context() -> CommandContext {
    CommandContext::new(Timestamp::from_micros(7), Origin::default(), Entropy::seeded(7))
}

pub(super) fn profile(email: &str) -> Profile {
    Profile { name: "Ada Lovelace".into(), email: email.into(), address: None }
}

/// The user `id` with the e-mail address `email` and the subject `ada`, at version 3.
pub(super) fn user(id: i64, email: &str) -> User {
    User {
        id: UserId::from(id),
        subject: Some("ada".into()),
        name: "Ada".into(),
        email: email.into(),
        email_key: Some(profile(email).email_key()),
        address: None,
        created_at: Timestamp::from_micros(1),
        updated_at: Timestamp::from_micros(1),
        deleted_at: None,
        version: 3,
    }
}
