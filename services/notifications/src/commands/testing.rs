//! What the unit tests of commands share.

use boxoffice_clock::{Entropy, Timestamp};
use boxoffice_contracts::{
    BookingId, NotificationId, OrganizerId, UserId,
    events::{Channel, NotificationKind},
};
use boxoffice_envelope::Origin;
use boxoffice_writer::CommandContext;
use uuid::Uuid;

use crate::{domain::NotificationStatus, store::Notification};

pub(super) fn context() -> CommandContext {
    CommandContext::new(Timestamp::from_micros(0), Origin::default(), Entropy::seeded(7))
}

/// A queued notification that is due.
pub(super) fn notification() -> Notification {
    Notification {
        id: NotificationId::from(Uuid::from_u128(1)),
        booking_id: BookingId::from(Uuid::from_u128(2)),
        kind: NotificationKind::BookingConfirmed,
        channel: Channel::Email,
        user_id: UserId::from(3),
        organizer_id: OrganizerId::from(4),
        subject: "Your booking is confirmed".into(),
        message: "Your booking is confirmed.\n".into(),
        status: NotificationStatus::Queued,
        error: None,
        is_read: false,
        attempts: 0,
        due_at: Timestamp::from_micros(0),
        created_at: Timestamp::from_micros(0),
        sent_at: None,
        causation_id: None,
        correlation_id: String::new(),
        traceparent: None,
        version: 1,
    }
}
