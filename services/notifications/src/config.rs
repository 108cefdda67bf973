use std::time::Duration;

use boxoffice_contracts::events::Channel;
use boxoffice_settings::Section;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::channels::{self, email::Delivery};

/// Settings of the section `notifications`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationsSettings {
    /// Channels over which customers are notified. The known channel is `email`.
    #[garde(custom(known_channels))]
    #[schema(value_type = Vec<String>)]
    pub channels: Vec<Channel>,
    /// URL of the e-mail delivery. The known URL is `mailbox:`, a table that operators read under `/api/v1/mailbox`.
    #[garde(custom(known_delivery))]
    pub email: String,
    /// Number of failed attempts after which a notification is dead-lettered.
    #[garde(range(min = 1))]
    pub max_attempts: i64,
    /// Retry delay after the first failed attempt. It doubles with each further one.
    #[garde(skip)]
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub first_retry_delay: Duration,
    /// Longest retry delay between two attempts.
    #[garde(skip)]
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub max_retry_delay: Duration,
    /// Time for which the mailbox keeps an e-mail. Its notification stays.
    #[garde(skip)]
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub mailbox_retention: Duration,
}

impl Section for NotificationsSettings {
    const NAME: &'static str = "notifications";
}

impl Default for NotificationsSettings {
    fn default() -> Self {
        Self {
            channels: vec![Channel::Email],
            email: "mailbox:".into(),
            max_attempts: 10,
            first_retry_delay: Duration::from_millis(200),
            max_retry_delay: Duration::from_secs(60),
            mailbox_retention: Duration::from_secs(30 * 24 * 3600),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "garde passes the context by reference")]
fn known_channels(channels: &[Channel], _: &()) -> garde::Result {
    for (index, channel) in channels.iter().enumerate() {
        channels::check(*channel).map_err(garde::Error::new)?;
        if channels[..index].contains(channel) {
            return Err(garde::Error::new(format!("{channel} is listed twice")));
        }
    }
    Ok(())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "garde passes the context by reference")]
fn known_delivery(url: &str, _: &()) -> garde::Result {
    Delivery::of(url).map(drop).map_err(garde::Error::new)
}
