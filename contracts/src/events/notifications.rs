use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{BookingId, NotificationId, OrganizerId, UserId, as_text};

pub(super) const TOPIC: &str = "notification-events";

crate::string_enum::string_enum! {
    /// Subject of a notification. A booking has at most one notification of each kind.
    NotificationKind {
        /// The booking is confirmed and its tickets are issued.
        BookingConfirmed = "booking-confirmed",
        /// The booking failed or expired; no tickets are issued.
        BookingFailed = "booking-failed",
        /// The booking is cancelled; its tickets are void.
        BookingCancelled = "booking-cancelled",
    }
}

crate::string_enum::string_enum! {
    /// Medium that carries a notification to the customer.
    Channel {
        /// E-mail to the customer's address.
        Email = "email",
        /// Text message (SMS) to the customer's phone number.
        Sms = "sms",
    }
}

/// A notification was handed over to its channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationSent {
    /// Id of the notification.
    pub notification_id: NotificationId,
    /// Id of the booking that the notification is about.
    pub booking_id: BookingId,
    /// Id of the customer who received it.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub customer_id: UserId,
    /// Subject of the notification.
    pub kind: NotificationKind,
    /// Channel that carried it.
    pub channel: Channel,
    /// Id of the organizer who sells the tickets.
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
