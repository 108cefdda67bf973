use boxoffice_contracts::UserId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{email_must_be_available, replace, user_of};
use crate::{domain::Profile, error::Refusal, store::User};

/// Replaces the profile of a user, and the subject when one is set.
pub struct ChangeUser {
    /// The user to change.
    pub id: UserId,
    /// The subject that the user must have; `None` for operators, who may change every user.
    pub owner: Option<String>,
    /// The new subject; `None` keeps the current one.
    pub subject: Option<String>,
    /// The profile that replaces the current one.
    pub profile: Profile,
}

impl Command for ChangeUser {
    type Answer = User;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<User>(self.id);
        reads.find::<User>(&["email_key"], &self.profile.email_key());
        if let Some(subject) = &self.subject {
            reads.find::<User>(&["subject"], subject);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<User, Refusal> {
        let known = work.get::<User>(self.id).filter(|user| user.is_visible_to(self.owner.as_deref()));
        known.ok_or_else(|| Refusal::NotFound(self.id.to_string()))?;
        let other = self.subject.as_ref().and_then(|subject| user_of(work, subject)).filter(|other| *other != self.id);
        if other.is_some() {
            return Err(Refusal::SubjectTaken);
        }
        email_must_be_available(&self.profile, Some(self.id), work)?;
        replace(self.id, self.subject.as_ref(), &self.profile, work, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::{context, profile, user};

    /// Changes the e-mail address of user 1 to `email`, which the users `known` have already.
    fn changed(email: &str, known: &[i64], owner: Option<&str>) -> Result<String, Refusal> {
        let rows = known.iter().map(|id| user(*id, email));
        let work = UnitOfWork::default().with_row(user(1, "ada@example.com"));
        let mut work =
            work.with_rows(&["email_key"], &profile(email).email_key(), rows.filter(|row| row.id.get() != 1));
        let owner = owner.map(str::to_owned);
        let command = ChangeUser { id: UserId::from(1), owner, subject: None, profile: profile(email) };
        let result = command.decide(&mut work, &context()).map(|user| user.email);
        assert_eq!(work.published().len(), usize::from(result.is_ok()));
        result
    }

    #[test]
    fn an_email_address_of_another_user_is_refused() {
        assert_eq!(changed("new@example.com", &[], None), Ok("new@example.com".to_owned()));
        assert_eq!(changed("new@example.com", &[2], None), Err(Refusal::EmailTaken));
    }

    #[test]
    fn another_user_is_not_found_by_a_customer() {
        assert!(changed("new@example.com", &[], Some("ada")).is_ok());
        assert_eq!(changed("new@example.com", &[], Some("bob")), Err(Refusal::NotFound("1".into())));
    }
}
