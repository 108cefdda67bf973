use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{BookingId, Currency, Decimal, Item, OrganizerId, PaymentToken, Reason, UserId, as_text};

pub(super) const TOPIC: &str = "booking-events";

/// A customer was promised a booking: its seats are held, its order is to be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingCreated {
    /// Which booking.
    pub booking_id: BookingId,
    /// Whose.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// Who sells.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
    /// Tickets of all lines together.
    pub ticket_count: u32,
    /// The price of all lines together, as it was when the seats were held.
    pub total_price: Decimal,
    /// Of the total and of every line.
    pub currency: Currency,
    /// What was booked.
    pub lines: Vec<Item>,
    /// What to charge.
    pub payment_token: PaymentToken,
}

impl Event for BookingCreated {
    const KIND: &'static str = "BookingCreatedEvent";
    const SOURCE: &'static str = "bookings";
    fn key(&self) -> Uuid {
        self.booking_id.get()
    }
}

/// A booking was called off and will not come back, whatever else is heard of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingCancelled {
    /// Which booking.
    pub booking_id: BookingId,
    /// Whose.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// Who sells.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
    /// `cancelled` by a person, or `expired`.
    pub reason: Reason,
}

impl Event for BookingCancelled {
    const KIND: &'static str = "BookingCancelledEvent";
    const SOURCE: &'static str = "bookings";
    fn key(&self) -> Uuid {
        self.booking_id.get()
    }
}
