//! The service with a fake bookings, and sample commands.

use std::convert::Infallible;

use boxoffice_testkit::TestService;
use boxoffice_users::{
    commands::{CreateUser, SaveOwnProfile},
    domain::Profile,
    store::User,
};
use boxoffice_writer::{Command, CommandContext, ExpectedVersion, ReadSet, UnitOfWork};

use crate::bookings::FakeBookings;

/// Starts the service with a fake bookings.
pub fn start() -> TestService {
    let bookings = FakeBookings::default();
    let service = TestService::builder(boxoffice_users::service()).fake(&bookings.service()).start();
    bookings.connect(&service);
    service
}

/// Changes a row without checking any rule.
pub struct EditUser(pub i64, pub fn(&mut User));

impl Command for EditUser {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<User>(self.0.into());
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        self.1(work.edit::<User>(self.0.into()).unwrap());
        Ok(())
    }
}

/// Changes a row as a deletion does.
pub fn delete(user: &mut User) {
    (user.subject, user.email_key, user.deleted_at) = (None, None, Some(user.updated_at));
}

pub fn profile(name: &str, email: &str) -> Profile {
    Profile { name: name.into(), email: email.into(), address: Some("12 Secret Street".into()) }
}

pub fn create(subject: Option<&str>, name: &str, email: &str) -> CreateUser {
    CreateUser { subject: subject.map(Into::into), profile: profile(name, email) }
}

pub fn save(subject: &str, name: &str, email: &str) -> SaveOwnProfile {
    SaveOwnProfile { subject: subject.into(), profile: profile(name, email), expected: ExpectedVersion::Any }
}
