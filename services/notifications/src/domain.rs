//! Rules of notifications: what a customer is notified about, and the state machine of a notification. Pure.

mod order_end;
mod status;

use boxoffice_contracts::{BookingId, NotificationId, events::NotificationKind};
use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use order_end::{OrderEnd, OrderOutcome};
pub use status::{Attempts, NotificationInput, NotificationStatus, Transition};

/// The recipient of a notification. Without `Debug`, so that no log contains an address.
#[derive(Clone)]
pub struct Recipient {
    /// The name, for the salutation.
    pub name: String,
    /// The e-mail address of the user.
    pub email: String,
}

/// The result of an attempt to send a notification.
pub enum DeliveryAttempt {
    /// The e-mail goes into the mailbox, in the transaction that marks the notification as sent.
    Mailbox {
        /// The recipient's e-mail address.
        to: String,
        /// The body of the e-mail.
        body: String,
    },
    /// The channel did not take the notification; another attempt may succeed. The text says why and contains no address.
    Refused(String),
    /// The user is unknown or deleted.
    NoRecipient,
}

/// A notification that waits to be sent, as it is dead-lettered when all attempts failed. It is never published; its only
/// handler runs when an operator replays it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationQueued {
    /// The id of the notification.
    pub notification_id: NotificationId,
    /// The booking that it is about.
    pub booking_id: BookingId,
    /// The kind of the notification.
    pub kind: NotificationKind,
}

impl Event for NotificationQueued {
    const KIND: &'static str = "NotificationQueuedEvent";
    const SOURCE: &'static str = "notifications";
    fn key(&self) -> Uuid {
        self.booking_id.get()
    }
}
