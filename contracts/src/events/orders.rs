use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{BookingId, Currency, Decimal, Item, OrganizerId, PaymentToken, Reason, UserId, as_text};

pub(super) const TOPIC: &str = "order-events";

crate::string_enum::string_enum! {
    /// The service that received the customer's request; the other one learns about it from events.
    PlacedThrough {
        /// The booking exists first, and inventory holds its seats.
        Bookings = "bookings",
        /// The order exists first; the booking follows, and inventory may not hold seats yet.
        Orders = "orders",
    }
}

/// An order was opened: it records what the customer owes for a booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderCreated {
    /// Id of the order; equal to the id of its booking.
    pub order_id: BookingId,
    /// Id of the customer who placed the order.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub customer_id: UserId,
    /// Ordered ticket types with quantity and price.
    pub items: Vec<Item>,
    /// Sum of all items.
    pub total_amount: Decimal,
    /// Currency of the total and of every item's price.
    pub currency: Currency,
    /// Id of the organizer who sells the tickets.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
    /// The service that received the customer's request.
    pub placed_through: PlacedThrough,
    /// The payment provider's token for the customer's payment method.
    pub payment_token: PaymentToken,
}

impl Event for OrderCreated {
    const KIND: &'static str = "OrderCreatedEvent";
    const SOURCE: &'static str = "orders";
    fn key(&self) -> Uuid {
        self.order_id.get()
    }
}

/// An order is complete: its payment is captured and its seats are sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderConfirmed {
    /// Id of the order; equal to the id of its booking.
    pub order_id: BookingId,
    /// Id of the customer who placed the order.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub customer_id: UserId,
    /// Ordered ticket types with quantity and price.
    pub items: Vec<Item>,
    /// Sum of all items.
    pub total_amount: Decimal,
    /// Currency of the total and of every item's price.
    pub currency: Currency,
    /// Id of the organizer who sells the tickets.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
}

impl Event for OrderConfirmed {
    const KIND: &'static str = "OrderConfirmedEvent";
    const SOURCE: &'static str = "orders";
    fn key(&self) -> Uuid {
        self.order_id.get()
    }
}

/// An order failed. Compensation: inventory releases the seats, and payments refunds every amount that is or will be
/// captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderFailed {
    /// Id of the order; equal to the id of its booking.
    pub order_id: BookingId,
    /// Id of the customer who placed the order.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub customer_id: UserId,
    /// Ordered ticket types with quantity and price.
    pub items: Vec<Item>,
    /// Why the order failed.
    pub reason: Reason,
    /// Sum of all items.
    pub total_amount: Decimal,
    /// Currency of the total and of every item's price.
    pub currency: Currency,
    /// Id of the organizer who sells the tickets.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
}

impl Event for OrderFailed {
    const KIND: &'static str = "OrderFailedEvent";
    const SOURCE: &'static str = "orders";
    fn key(&self) -> Uuid {
        self.order_id.get()
    }
}

/// A person cancelled an order, before or after its confirmation. Compensation is the same as for [`OrderFailed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderCancelled {
    /// Id of the order; equal to the id of its booking.
    pub order_id: BookingId,
    /// Id of the customer who placed the order.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub customer_id: UserId,
    /// Ordered ticket types with quantity and price.
    pub items: Vec<Item>,
    /// Sum of all items.
    pub total_amount: Decimal,
    /// Currency of the total and of every item's price.
    pub currency: Currency,
    /// Id of the organizer who sells the tickets.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
}

impl Event for OrderCancelled {
    const KIND: &'static str = "OrderCancelledEvent";
    const SOURCE: &'static str = "orders";
    fn key(&self) -> Uuid {
        self.order_id.get()
    }
}
