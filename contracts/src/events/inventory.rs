use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    BookingId, Currency, Decimal, Item, OrganizerId, PaymentToken, Quantity, Reason, TicketTypeId, UserId, as_text,
};

pub(super) const TOPIC: &str = "inventory-events";

/// Outcome of reserving an order: inventory holds the seats of all lines or of none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InventoryReserved {
    /// Id of the order; equal to the id of its booking.
    pub order_id: BookingId,
    /// Ticket type of the only line; absent when the order has several lines.
    #[serde(with = "as_text::optional", default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub product_id: Option<TicketTypeId>,
    /// Quantity of the only line; absent when the order has several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// Requested ticket types with quantity and price.
    pub lines: Vec<Item>,
    /// True when inventory holds the seats of all lines.
    pub success: bool,
    /// Outcome as an English sentence.
    pub message: String,
    /// Cause of the failure; absent on success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Sum of all lines; the amount to charge.
    pub amount: Decimal,
    /// Currency of the amount and of every line's price.
    pub currency: Currency,
    /// Id of the customer who placed the order.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub customer_id: UserId,
    /// Id of the organizer who sells the tickets.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
    /// The payment provider's token for the customer's payment method.
    pub payment_token: PaymentToken,
}

impl Event for InventoryReserved {
    const KIND: &'static str = "InventoryReservedEvent";
    const SOURCE: &'static str = "inventory";
    fn key(&self) -> Uuid {
        self.order_id.get()
    }
}

/// The held seats of a paid order are sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InventorySold {
    /// Id of the order; equal to the id of its booking.
    pub order_id: BookingId,
    /// Sold ticket types with quantity and price.
    pub lines: Vec<Item>,
    /// Currency of every line's price.
    pub currency: Currency,
    /// Id of the organizer who sells the tickets.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
}

impl Event for InventorySold {
    const KIND: &'static str = "InventorySoldEvent";
    const SOURCE: &'static str = "inventory";
    fn key(&self) -> Uuid {
        self.order_id.get()
    }
}

/// The seats of an order, held or sold before, are available again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InventoryReleased {
    /// Id of the order; equal to the id of its booking.
    pub order_id: BookingId,
    /// Why inventory released the seats.
    pub reason: Reason,
    /// Id of the organizer who sells the tickets.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
}

impl Event for InventoryReleased {
    const KIND: &'static str = "InventoryReleasedEvent";
    const SOURCE: &'static str = "inventory";
    fn key(&self) -> Uuid {
        self.order_id.get()
    }
}
