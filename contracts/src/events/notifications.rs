use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{BookingId, NotificationId, OrganizerId, UserId, as_text};

pub(super) const TOPIC: &str = "notification-events";

crate::words::words! {
    /// What a customer is written about. There is one notification of each kind for a booking.
    NotificationKind {
        /// The tickets are there.
        BookingConfirmed = "booking-confirmed",
        /// There will be no tickets.
        BookingFailed = "booking-failed",
        /// The tickets are void.
        BookingCancelled = "booking-cancelled",
    }
}

crate::words::words! {
    /// How a customer is written to.
    Channel {
        /// By e-mail.
        Email = "email",
        /// By text message.
        Sms = "sms",
    }
}

/// The customer was written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationSent {
    /// Which notification.
    pub notification_id: NotificationId,
    /// About which booking.
    pub booking_id: BookingId,
    /// To whom.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub customer_id: UserId,
    /// What it said.
    pub kind: NotificationKind,
    /// How it went.
    pub channel: Channel,
    /// Who sells.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
}

impl Event for NotificationSent {
    const KIND: &'static str = "NotificationSentEvent";
    const SOURCE: &'static str = "notifications";
    fn key(&self) -> Uuid {
        self.booking_id.get()
    }
}
