use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{BookingId, Currency, Decimal, Item, OrganizerId, PaymentToken, Reason, UserId, as_text};

pub(super) const TOPIC: &str = "booking-events";

/// Inventory holds the seats of a new booking; orders opens the order in response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingCreated {
    /// Id of the booking.
    pub booking_id: BookingId,
    /// Id of the customer.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// Id of the organizer who sells the tickets.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
    /// Number of tickets: the sum of all lines' quantities.
    pub ticket_count: u32,
    /// Sum of all lines, at the prices that were valid when the seats were held.
    pub total_price: Decimal,
    /// Currency of the total and of every line's price.
    pub currency: Currency,
    /// Booked ticket types with quantity and price.
    pub lines: Vec<Item>,
    /// The payment provider's token for the customer's payment method.
    pub payment_token: PaymentToken,
}

impl Event for BookingCreated {
    const KIND: &'static str = "BookingCreatedEvent";
    const SOURCE: &'static str = "bookings";
    fn key(&self) -> Uuid {
        self.booking_id.get()
    }
}

/// A booking was cancelled or expired. The status is final: no later event reopens the booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingCancelled {
    /// Id of the booking.
    pub booking_id: BookingId,
    /// Id of the customer.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// Id of the organizer who sells the tickets.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
    /// `cancelled` when a person cancelled it, `expired` when the payment deadline passed.
    pub reason: Reason,
}

impl Event for BookingCancelled {
    const KIND: &'static str = "BookingCancelledEvent";
    const SOURCE: &'static str = "bookings";
    fn key(&self) -> Uuid {
        self.booking_id.get()
    }
}
