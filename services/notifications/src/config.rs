use std::time::Duration;

use boxoffice_outbox::Backoff;
use garde::Validate;
use serde::Deserialize;

/// Settings of the section `notifications`.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationsSettings {
    /// Where mail goes; see [`Mail::open`](crate::mail::Mail::open).
    #[garde(skip)]
    pub mail: String,
    /// After so many failures a letter is given up and parked as a dead letter.
    #[garde(range(min = 1))]
    pub max_attempts: i64,
    /// The wait after the first failure; doubled with each further one.
    #[garde(skip)]
    #[serde(with = "humantime_serde")]
    pub first_wait: Duration,
    /// The longest wait between two attempts.
    #[garde(skip)]
    #[serde(with = "humantime_serde")]
    pub longest_wait: Duration,
}

impl Default for NotificationsSettings {
    fn default() -> Self {
        let Backoff { first, longest, max_attempts } = Backoff::default();
        Self { mail: "mailbox:".into(), max_attempts, first_wait: first, longest_wait: longest }
    }
}

impl NotificationsSettings {
    /// When a letter that could not be delivered is tried again.
    pub fn backoff(&self) -> Backoff {
        Backoff { first: self.first_wait, longest: self.longest_wait, max_attempts: self.max_attempts }
    }
}
