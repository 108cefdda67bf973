//! The e-mail channel. A URL selects the delivery of the e-mails.

use super::{AttemptFuture, ChannelSender, ChannelUrls};
use crate::{
    domain::{DeliveryAttempt, Recipient},
    store::Notification,
    templates,
};

/// The URLs that this channel knows.
const KNOWN: &[(&str, Delivery)] = &[("mailbox:", Delivery::Mailbox)];

/// How e-mails are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// `mailbox:`, the default: this service stores the e-mail in its own table, in the transaction that marks the
    /// notification as sent. Operators read the table; no e-mail leaves the system.
    Mailbox,
}

/// A URL that names no known delivery.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {}", KNOWN.iter().map(|(url, _)| *url).collect::<Vec<_>>().join(", "))]
pub struct UnknownDelivery;

impl Delivery {
    /// The delivery that `url` names.
    ///
    /// # Errors
    /// [`UnknownDelivery`], with the known URLs.
    pub fn of(url: &str) -> Result<Self, UnknownDelivery> {
        KNOWN.iter().find(|(known, _)| *known == url).map(|(_, delivery)| *delivery).ok_or(UnknownDelivery)
    }
}

/// Sends notifications by e-mail.
struct EmailSender(Delivery);

/// Opens the channel with the delivery of `urls.email`.
///
/// # Errors
/// [`UnknownDelivery`].
pub fn open(urls: ChannelUrls<'_>) -> anyhow::Result<Box<dyn ChannelSender>> {
    Ok(Box::new(EmailSender(Delivery::of(urls.email)?)))
}

impl ChannelSender for EmailSender {
    fn send<'a>(&'a self, notification: &'a Notification, recipient: &'a Recipient) -> AttemptFuture<'a> {
        Box::pin(async move {
            if always_fails(&recipient.email) {
                return DeliveryAttempt::Refused("e-mail to the host fail.test always fails".into());
            }
            match self.0 {
                Delivery::Mailbox => DeliveryAttempt::Mailbox {
                    to: recipient.email.clone(),
                    body: templates::email(&recipient.name, &notification.message),
                },
            }
        })
    }
}

/// Whether `email` is an address at `fail.test`, with which operators practice failed deliveries.
fn always_fails(email: &str) -> bool {
    email.rsplit_once('@').is_some_and(|(_, host)| host.eq_ignore_ascii_case("fail.test"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_url_is_answered_with_the_known_ones() {
        assert_eq!(Delivery::of("mailbox:"), Ok(Delivery::Mailbox));
        for url in ["", "mailbox", "mailbox:/var/mail", "smtp://localhost:25", "pigeon:"] {
            assert_eq!(Delivery::of(url).unwrap_err().to_string(), "expected mailbox:", "{url}");
        }
    }

    #[test]
    fn only_e_mail_to_the_host_fail_test_always_fails() {
        for never in ["ada@fail.test", "ada@FAIL.Test"] {
            assert!(always_fails(never), "{never}");
        }
        for fine in ["fail.test@example.com", "ada@fail.test.example", "ada@not-fail.test", "ada@mail.fail.test"] {
            assert!(!always_fails(fine), "{fine}");
        }
    }
}
