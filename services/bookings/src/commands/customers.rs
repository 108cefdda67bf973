use std::convert::Infallible;

use boxoffice_contracts::{UserId, events::UserSaved};
use boxoffice_writer::{Command, Moment, Need, World};

use crate::store::Customer;

/// Users says how a user is: the copy becomes the same. A user who is gone stays so.
pub struct SaveCustomer(pub UserSaved);

impl Command for SaveCustomer {
    type Answer = ();
    type Refusal = Infallible;

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Customer>(self.0.user_id);
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<(), Infallible> {
        let UserSaved { user_id, ref subject, deleted } = self.0;
        match world.get::<Customer>(user_id) {
            None => world.insert(Customer { user_id, subject: subject.clone(), deleted, version: 1 }),
            Some(known) if known.deleted || (&known.subject, known.deleted) == (subject, deleted) => {}
            Some(_) => {
                let known = world.edit::<Customer>(user_id).expect("it was there a moment ago");
                (known.subject, known.deleted) = (subject.clone(), deleted);
            }
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

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Customer>(self.user);
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<(), Infallible> {
        if world.get::<Customer>(self.user).is_none() {
            let (user_id, subject) = (self.user, self.subject.clone());
            world.insert(Customer { user_id, subject, deleted: false, version: 1 });
        }
        Ok(())
    }
}
