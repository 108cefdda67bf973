use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The status of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum NotificationStatus {
    /// The notification is sent when it is due.
    Queued,
    /// The notification was sent. Final.
    Sent,
    /// The notification is not sent unless an operator replays its dead letter.
    Failed,
}

/// What happens to a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationInput {
    /// The channel sent it.
    Sent,
    /// The channel did not take it.
    Refused {
        /// Whether attempts are left.
        is_retried: bool,
    },
    /// Its user is unknown or deleted.
    NoRecipient,
    /// An operator replayed its dead letter.
    Replayed,
}

/// The new status of a notification, and what the command has to do besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The new status; it may equal the old one.
    pub to: NotificationStatus,
    /// What becomes of the number of attempts.
    pub attempts: Attempts,
    /// Whether to dead-letter the notification.
    pub dead_letter: bool,
}

/// What becomes of the number of attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempts {
    /// The number increases by one.
    Count,
    /// The number stays, because no attempt took place.
    Keep,
    /// The number is 0 again, so that all attempts are available.
    Reset,
}

impl NotificationStatus {
    /// The transition that `input` causes; `None` when it changes nothing, because it is a repetition or comes too late.
    pub fn apply(self, input: NotificationInput) -> Option<Transition> {
        use NotificationInput as Input;

        let (to, attempts, dead_letter) = match (self, input) {
            (Self::Queued, Input::Sent) => (Self::Sent, Attempts::Count, false),
            (Self::Queued, Input::Refused { is_retried: true }) => (Self::Queued, Attempts::Count, false),
            (Self::Queued, Input::Refused { is_retried: false }) => (Self::Failed, Attempts::Count, true),
            (Self::Queued, Input::NoRecipient) => (Self::Failed, Attempts::Keep, false),
            (Self::Failed, Input::Replayed) => (Self::Queued, Attempts::Reset, false),
            _ => return None,
        };
        Some(Transition { to, attempts, dead_letter })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUTS: [NotificationInput; 5] = [
        NotificationInput::Sent,
        NotificationInput::Refused { is_retried: true },
        NotificationInput::Refused { is_retried: false },
        NotificationInput::NoRecipient,
        NotificationInput::Replayed,
    ];

    #[test]
    fn a_sent_notification_never_changes() {
        for input in INPUTS {
            assert_eq!(NotificationStatus::Sent.apply(input), None, "{input:?}");
        }
    }

    #[test]
    fn only_a_replay_changes_a_failed_notification() {
        for input in INPUTS {
            let to = NotificationStatus::Failed.apply(input).map(|transition| transition.to);
            let expected = (input == NotificationInput::Replayed).then_some(NotificationStatus::Queued);
            assert_eq!(to, expected, "{input:?}");
        }
    }

    #[test]
    fn the_last_refused_attempt_dead_letters_the_notification() {
        let refused = |is_retried| NotificationStatus::Queued.apply(NotificationInput::Refused { is_retried }).unwrap();
        assert_eq!((refused(true).to, refused(true).dead_letter), (NotificationStatus::Queued, false));
        assert_eq!((refused(false).to, refused(false).dead_letter), (NotificationStatus::Failed, true));
    }
}
