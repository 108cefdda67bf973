use std::time::Duration;

use boxoffice_settings::Section;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The schemes that the URL of a way of sending mail may have.
pub(crate) const SCHEMES: &str = "mailbox:";

/// Settings of the section `notifications`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationsSettings {
    /// Where mail goes. `mailbox:`, a table that operators read under `/api/v1/mailbox`, is the only way.
    #[garde(custom(known))]
    pub mail: String,
    /// After so many failures a letter is given up and parked as a dead letter.
    #[garde(range(min = 1))]
    pub max_attempts: i64,
    /// The wait after the first failure; doubled with each further one.
    #[garde(skip)]
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub first_wait: Duration,
    /// The longest wait between two attempts.
    #[garde(skip)]
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub longest_wait: Duration,
    /// How long a letter stays in the mailbox. That it was sent, and what it said, stays with its notification.
    #[garde(skip)]
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub mailbox_life: Duration,
}

impl Section for NotificationsSettings {
    const NAME: &'static str = "notifications";
}

impl Default for NotificationsSettings {
    fn default() -> Self {
        Self {
            mail: "mailbox:".into(),
            max_attempts: 10,
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(60),
            mailbox_life: Duration::from_secs(30 * 24 * 3600),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as the rule's caller has it")]
fn known(url: &str, _: &()) -> garde::Result {
    if url == SCHEMES { Ok(()) } else { Err(garde::Error::new(format!("expected {SCHEMES}"))) }
}
