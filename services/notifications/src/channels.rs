//! The channels over which notifications reach customers. The setting `notifications.channels` selects them:
//! notifications are queued for, and sent over, these channels.
//!
//! To add a channel, write a module beside [`email`] with an implementation of [`ChannelSender`], and add it to
//! [`CHANNELS`]; a channel with a URL of its own gets a setting and a field of [`ChannelUrls`].

pub mod email;

use std::pin::Pin;

use boxoffice_contracts::events::Channel;

use crate::{
    domain::{DeliveryAttempt, Recipient},
    store::Notification,
};

/// The result of [`ChannelSender::send`], once it is awaited.
pub type AttemptFuture<'a> = Pin<Box<dyn Future<Output = DeliveryAttempt> + Send + 'a>>;

/// Sends the notifications of one channel.
pub trait ChannelSender: Send + Sync {
    /// Tries to send `notification` to `recipient`.
    fn send<'a>(&'a self, notification: &'a Notification, recipient: &'a Recipient) -> AttemptFuture<'a>;
}

/// The URLs of the settings that select how each channel delivers.
#[derive(Clone, Copy, Debug)]
pub struct ChannelUrls<'a> {
    /// The value of the setting `notifications.email`.
    pub email: &'a str,
}

type Open = fn(ChannelUrls<'_>) -> anyhow::Result<Box<dyn ChannelSender>>;

/// The channels that this program can send over.
const CHANNELS: &[(Channel, Open)] = &[(Channel::Email, email::open)];

/// The channels that the settings select.
pub struct Channels(Vec<(Channel, Box<dyn ChannelSender>)>);

impl Channels {
    /// Opens the selected channels.
    ///
    /// # Errors
    /// When a channel is unknown, and when its URL names no known delivery.
    pub fn open(selected: &[Channel], urls: ChannelUrls<'_>) -> anyhow::Result<Self> {
        let open = |channel: &Channel| Ok((*channel, opener(*channel)?(urls)?));
        Ok(Self(selected.iter().map(open).collect::<anyhow::Result<_>>()?))
    }

    /// Tries to send `notification` to `recipient` over its channel.
    pub async fn send(&self, notification: &Notification, recipient: &Recipient) -> DeliveryAttempt {
        match self.0.iter().find(|(channel, _)| *channel == notification.channel) {
            Some((_, sender)) => sender.send(notification, recipient).await,
            None => DeliveryAttempt::Refused(format!(
                "notifications.channels does not contain {}: add it and replay the notification",
                notification.channel
            )),
        }
    }
}

/// A channel for which this program has no sender.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {}", CHANNELS.iter().map(|(channel, _)| channel.to_string()).collect::<Vec<_>>().join(", "))]
pub struct UnknownChannel;

/// Accepts `channel` when this program can send over it.
///
/// # Errors
/// [`UnknownChannel`], with the known ones.
pub fn check(channel: Channel) -> Result<(), UnknownChannel> {
    opener(channel).map(drop)
}

fn opener(channel: Channel) -> Result<Open, UnknownChannel> {
    CHANNELS.iter().find(|(known, _)| *known == channel).map(|(_, open)| *open).ok_or(UnknownChannel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_channel_is_answered_with_the_known_ones() {
        assert_eq!(check(Channel::Email), Ok(()));
        assert_eq!(check(Channel::Sms).unwrap_err().to_string(), "expected one of email");
        assert!(Channels::open(&[Channel::Sms], ChannelUrls { email: "mailbox:" }).is_err());
    }
}
