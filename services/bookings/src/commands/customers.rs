use std::convert::Infallible;

use boxoffice_contracts::{UserId, events::UserSaved};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{error::Refusal, store::Customer};

/// Users says how a user is: the copy becomes the same. A user who is gone stays so.
pub struct SaveCustomer(pub UserSaved);

impl Command for SaveCustomer {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Customer>(self.0.user_id);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        let UserSaved { user_id, ref subject, deleted, version } = self.0;
        let mut saved = match work.get::<Customer>(user_id) {
            None => {
                work.insert(Customer { deleted, ..Customer::of(user_id, subject.clone()) });
                return Ok(());
            }
            Some(known) if known.deleted => return Ok(()),
            Some(known) => known.clone(),
        };
        saved.end_retirement_before(version);
        (saved.subject, saved.deleted) = (subject.clone(), deleted);
        if work.get::<Customer>(user_id) != Some(&saved) {
            let known = work.edit::<Customer>(user_id).expect("it was there a moment ago");
            saved.version = known.version;
            *known = saved;
        }
        Ok(())
    }
}

/// Users was asked about a user of whom nothing had been heard. Where something has been heard since, that stands: it
/// may be later than the answer.
pub struct RememberCustomer {
    /// Who.
    pub user: UserId,
    /// The `sub` of the user's tokens.
    pub subject: Option<String>,
}

impl Command for RememberCustomer {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Customer>(self.user);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        if work.get::<Customer>(self.user).is_none() {
            work.insert(Customer::of(self.user, self.subject.clone()));
        }
        Ok(())
    }
}

/// Users is about to delete a user: from here on nothing is booked for them, until they are heard of as gone or as a later
/// version. Repeated, it does nothing.
pub struct RetireCustomer {
    /// Who.
    pub user: UserId,
    /// The version that is to be deleted.
    pub version: i64,
}

impl Command for RetireCustomer {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Customer>(self.user);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let (retired_version, retired_at) = (Some(self.version), Some(context.now));
        match work.get::<Customer>(self.user) {
            None => work.insert(Customer { retired_version, retired_at, ..Customer::of(self.user, None) }),
            Some(known) if known.deleted || known.retired_version >= retired_version => {}
            Some(_) => {
                let known = work.edit::<Customer>(self.user).expect("it was there a moment ago");
                (known.retired_version, known.retired_at) = (retired_version, retired_at);
            }
        }
        Ok(())
    }
}

/// Users has a customer as this version, and will delete no earlier one: whoever was retired as such may book again.
pub struct ReadmitCustomer {
    /// Who.
    pub user: UserId,
    /// The version that users has.
    pub version: i64,
}

impl Command for ReadmitCustomer {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Customer>(self.user);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        if let Some(known) = work.edit::<Customer>(self.user) {
            known.end_retirement_before(self.version);
        }
        Ok(())
    }
}
