use std::convert::Infallible;

use boxoffice_contracts::{UserId, events::UserSaved};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{error::Refusal, store::Customer};

/// Updates the copy of a user after users has published a change. A deleted user stays deleted.
pub struct SaveCustomer(pub UserSaved);

impl Command for SaveCustomer {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Customer>(self.0.user_id);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        let UserSaved { user_id, ref subject, deleted, version } = self.0;
        let mut customer = match work.get::<Customer>(user_id) {
            None => {
                work.insert(Customer { deleted, ..Customer::new(user_id, subject.clone()) });
                return Ok(());
            }
            Some(known) if known.deleted => return Ok(()),
            Some(known) => known.clone(),
        };
        customer.end_retirement_before(version);
        customer.subject.clone_from(subject);
        customer.deleted = deleted;
        if work.get::<Customer>(user_id) != Some(&customer) {
            work.update(customer);
        }
        Ok(())
    }
}

/// Stores the answer of users about a user who is not known here yet. A known customer stays as it is, because a
/// published change may be newer than the answer.
pub struct CacheCustomer {
    /// Id of the user.
    pub user: UserId,
    /// The `sub` of the user's tokens; `None` for a user who cannot sign in.
    pub subject: Option<String>,
}

impl Command for CacheCustomer {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Customer>(self.user);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        if work.get::<Customer>(self.user).is_none() {
            work.insert(Customer::new(self.user, self.subject.clone()));
        }
        Ok(())
    }
}

/// Refuses new bookings of a user whom users is about to delete, until users publishes the deletion or a later version
/// of the user. Repeating the command changes nothing.
pub struct RetireCustomer {
    /// Id of the user.
    pub user: UserId,
    /// The version of the user that is to be deleted.
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
        match work.get::<Customer>(self.user).cloned() {
            None => work.insert(Customer { retired_version, retired_at, ..Customer::new(self.user, None) }),
            Some(known) if known.deleted || known.retired_version >= retired_version => {}
            Some(known) => work.update(Customer { retired_version, retired_at, ..known }),
        }
        Ok(())
    }
}

/// Allows bookings again for a user whom users has kept: users will not delete any version before `version`.
pub struct ReinstateCustomer {
    /// Id of the user.
    pub user: UserId,
    /// The current version of the user.
    pub version: i64,
}

impl Command for ReinstateCustomer {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Customer>(self.user);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        if let Some(mut customer) = work.get::<Customer>(self.user).cloned() {
            customer.end_retirement_before(self.version);
            work.update(customer);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_clock::{Entropy, Timestamp};
    use boxoffice_envelope::Origin;

    use super::*;

    const USER: i64 = 7;

    fn decide(work: &mut UnitOfWork, command: &impl Command) {
        let context = CommandContext::new(Timestamp::from_micros(7), Origin::default(), Entropy::seeded(7));
        assert!(command.decide(work, &context).is_ok());
    }

    fn customer(work: &UnitOfWork) -> &Customer {
        work.get::<Customer>(UserId::from(USER)).unwrap()
    }

    #[test]
    fn a_retired_customer_books_again_after_a_later_version_only() {
        let user = UserId::from(USER);
        let mut work = UnitOfWork::default().with_row(Customer::new(user, Some("ann".into())));
        decide(&mut work, &RetireCustomer { user, version: 3 });
        assert!(!customer(&work).may_book());
        decide(&mut work, &ReinstateCustomer { user, version: 3 });
        assert!(!customer(&work).may_book(), "the retired version itself does not count");
        decide(&mut work, &ReinstateCustomer { user, version: 4 });
        assert!(customer(&work).may_book());
    }

    #[test]
    fn a_deleted_customer_stays_deleted() {
        let user_id = UserId::from(USER);
        let mut work = UnitOfWork::default().without_row::<Customer>(user_id);
        decide(&mut work, &SaveCustomer(UserSaved { user_id, subject: None, deleted: true, version: 2 }));
        let subject = Some("ann".to_owned());
        decide(&mut work, &SaveCustomer(UserSaved { user_id, subject, deleted: false, version: 3 }));
        assert!(customer(&work).deleted);
    }
}
