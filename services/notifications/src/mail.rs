//! URL -> the way on which mail goes out.

use crate::{
    config::SCHEMES,
    domain::{Attempt, Recipient},
    store::Notification,
    templates,
};

/// How mail goes out.
#[derive(Clone, Debug)]
pub enum Mail {
    /// `mailbox:`, the embedded default: a letter is kept in the service's own table, in the transaction that marks its
    /// notification as sent. Exactly once, and one can look at it.
    Mailbox,
}

/// A URL that names no way of sending mail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("notifications.mail: {0:?} names no way of sending mail that this program knows; it knows {SCHEMES}")]
pub struct UnknownMail(pub String);

impl Mail {
    /// The way that `url` names.
    ///
    /// # Errors
    /// [`UnknownMail`], with the list of those that are known.
    pub fn open(url: &str) -> Result<Self, UnknownMail> {
        match url.split_once(':') {
            Some(("mailbox", "")) => Ok(Self::Mailbox),
            _ => Err(UnknownMail(url.to_owned())),
        }
    }

    /// Tries to send a letter.
    pub async fn attempt(&self, notification: &Notification, recipient: &Recipient) -> Attempt {
        if never_takes_mail(&recipient.email) {
            return Attempt::Refused("mail for the host fail.test never goes out".into());
        }
        match self {
            Self::Mailbox => Attempt::Mailbox {
                to: recipient.email.clone(),
                body: templates::letter(&recipient.name, &notification.message),
            },
        }
    }
}

/// Whether it is an address at `fail.test`, where operators practise what to do about mail that does not go out.
fn never_takes_mail(email: &str) -> bool {
    email.rsplit_once('@').is_some_and(|(_, host)| host.eq_ignore_ascii_case("fail.test"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_scheme_is_answered_with_those_that_are_known() {
        assert!(matches!(Mail::open("mailbox:"), Ok(Mail::Mailbox)));
        for url in ["", "mailbox", "mailbox:/var/mail", "smtp://localhost:25", "pigeon:"] {
            let refused = Mail::open(url).unwrap_err().to_string();
            assert!(refused.contains(&format!("{url:?}")) && refused.ends_with("it knows mailbox:"), "{refused}");
        }
    }

    #[test]
    fn only_the_host_fail_test_takes_no_mail() {
        for never in ["ada@fail.test", "ada@FAIL.Test"] {
            assert!(never_takes_mail(never), "{never}");
        }
        for fine in ["fail.test@example.com", "ada@fail.test.example", "ada@not-fail.test", "ada@mail.fail.test"] {
            assert!(!never_takes_mail(fine), "{fine}");
        }
    }
}
