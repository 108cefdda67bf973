use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{BookingId, Currency, Decimal, Item, OrganizerId, PaymentToken, Reason, UserId, as_text};

pub(super) const TOPIC: &str = "order-events";

crate::words::words! {
    /// Which service a customer went to; the other one learns of it from the events.
    PlacedThrough {
        /// The booking came first; its hold is taken.
        Bookings = "bookings",
        /// The order came first; there is no booking yet, and perhaps no hold.
        Orders = "orders",
    }
}

/// What is owed for a booking was written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderCreated {
    /// Which order; the booking's id.
    pub order_id: BookingId,
    /// Whose.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub customer_id: UserId,
    /// What was ordered.
    pub items: Vec<Item>,
    /// The price of all items together.
    pub total_amount: Decimal,
    /// Of the total and of every item.
    pub currency: Currency,
    /// Who sells.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
    /// Where the customer placed it.
    pub placed_through: PlacedThrough,
    /// What to charge.
    pub payment_token: PaymentToken,
}

impl Event for OrderCreated {
    const KIND: &'static str = "OrderCreatedEvent";
    const SOURCE: &'static str = "orders";
    fn key(&self) -> Uuid {
        self.order_id.get()
    }
}

/// An order is paid and its seats are sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderConfirmed {
    /// Which order; the booking's id.
    pub order_id: BookingId,
    /// Whose.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub customer_id: UserId,
    /// What was ordered.
    pub items: Vec<Item>,
    /// The price of all items together.
    pub total_amount: Decimal,
    /// Of the total and of every item.
    pub currency: Currency,
    /// Who sells.
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

/// An order ended without tickets; whatever was held is to be freed and whatever was captured, now or later, is to be
/// given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderFailed {
    /// Which order; the booking's id.
    pub order_id: BookingId,
    /// Whose.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub customer_id: UserId,
    /// What was ordered.
    pub items: Vec<Item>,
    /// Why.
    pub reason: Reason,
    /// The price of all items together.
    pub total_amount: Decimal,
    /// Of the total and of every item.
    pub currency: Currency,
    /// Who sells.
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

/// An order was called off by a person, before or after it was confirmed; the same is to be undone as after
/// an order that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderCancelled {
    /// Which order; the booking's id.
    pub order_id: BookingId,
    /// Whose.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub customer_id: UserId,
    /// What was ordered.
    pub items: Vec<Item>,
    /// The price of all items together.
    pub total_amount: Decimal,
    /// Of the total and of every item.
    pub currency: Currency,
    /// Who sells.
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
