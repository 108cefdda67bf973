//! Nouns and rules: what is written about, and how far a letter has come. Pure.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, Currency, Decimal, Item, NotificationId, OrganizerId, Reason, UserId,
    events::{NotificationKind, OrderCancelled, OrderConfirmed, OrderFailed},
};
use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::Notification;

/// How far a notification has come: `queued` until it is `sent`, or `failed` when that is given up. An operator may
/// queue a failed one again; what is sent stays so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Goes out when it is due.
    Queued,
    /// Went out.
    Sent,
    /// Will not go out by itself.
    Failed,
}

/// The end of an order, as far as its customer is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Which booking.
    pub booking: BookingId,
    /// Whose.
    pub customer: UserId,
    /// Who sells.
    pub organizer: OrganizerId,
    /// What was ordered.
    pub items: Vec<Item>,
    /// The price of all items together.
    pub total: Decimal,
    /// Of the total and of every item.
    pub currency: Currency,
    /// How it ended.
    pub outcome: Outcome,
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With tickets.
    Confirmed,
    /// Without.
    Failed(Reason),
    /// It was called off.
    Cancelled,
}

impl Outcome {
    /// What the customer is written about.
    pub fn kind(self) -> NotificationKind {
        match self {
            Self::Confirmed => NotificationKind::BookingConfirmed,
            Self::Failed(_) => NotificationKind::BookingFailed,
            Self::Cancelled => NotificationKind::BookingCancelled,
        }
    }
}

impl From<OrderConfirmed> for Ending {
    fn from(event: OrderConfirmed) -> Self {
        let OrderConfirmed { order_id, customer_id, items, total_amount, currency, organizer_id } = event;
        Self {
            booking: order_id,
            customer: customer_id,
            organizer: organizer_id,
            items,
            total: total_amount,
            currency,
            outcome: Outcome::Confirmed,
        }
    }
}

impl From<OrderFailed> for Ending {
    fn from(event: OrderFailed) -> Self {
        let OrderFailed { order_id, customer_id, items, reason, total_amount, currency, organizer_id } = event;
        Self {
            booking: order_id,
            customer: customer_id,
            organizer: organizer_id,
            items,
            total: total_amount,
            currency,
            outcome: Outcome::Failed(reason),
        }
    }
}

impl From<OrderCancelled> for Ending {
    fn from(event: OrderCancelled) -> Self {
        let OrderCancelled { order_id, customer_id, items, total_amount, currency, organizer_id } = event;
        Self {
            booking: order_id,
            customer: customer_id,
            organizer: organizer_id,
            items,
            total: total_amount,
            currency,
            outcome: Outcome::Cancelled,
        }
    }
}

impl Notification {
    /// It went out.
    pub fn sent(&mut self, now: Timestamp) {
        (self.status, self.sent_at, self.error) = (Status::Sent, Some(now), None);
        self.attempts += 1;
    }

    /// It was not taken: it is due again at `next`, or given up when that was the last attempt.
    pub fn refused(&mut self, error: &str, next: Option<Timestamp>) {
        self.attempts += 1;
        self.error = Some(error.to_owned());
        match next {
            Some(next) => self.due_at = next,
            None => self.status = Status::Failed,
        }
    }

    /// There is nobody to send it to.
    pub fn given_up(&mut self, error: &str) {
        (self.status, self.error) = (Status::Failed, Some(error.to_owned()));
    }

    /// It goes out after all, with all its attempts before it.
    pub fn queued_again(&mut self, now: Timestamp) {
        (self.status, self.error, self.attempts, self.due_at) = (Status::Queued, None, 0, now);
    }
}

/// Where a letter goes. It has no `Debug`, so that it does not get into a log.
#[derive(Clone)]
pub struct Recipient {
    /// For the salutation.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

/// What came of an attempt to send a letter.
pub enum Attempt {
    /// It is to be kept in the mailbox.
    Mailbox {
        /// The recipient's e-mail address.
        to: String,
        /// The whole text.
        body: String,
    },
    /// It was not taken; worth another attempt. The text says why and shows no address.
    Refused(String),
    /// There is nobody to send it to.
    NoRecipient,
}

/// A letter to be sent, as it is parked when it could not be delivered. It is never said: its only reaction is that of
/// an operator's replay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationQueued {
    /// Which notification.
    pub notification_id: NotificationId,
    /// About which booking.
    pub booking_id: BookingId,
    /// What it says.
    pub kind: NotificationKind,
}

impl Event for NotificationQueued {
    const KIND: &'static str = "NotificationQueuedEvent";
    const SOURCE: &'static str = "notifications";
    fn key(&self) -> Uuid {
        self.booking_id.get()
    }
}
