use std::time::Duration;

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
        Self {
            mail: "mailbox:".into(),
            max_attempts: 10,
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(60),
        }
    }
}
