use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    BookingId, Currency, Decimal, Item, OrganizerId, PaymentToken, Quantity, Reason, TicketTypeId, UserId, as_text,
};

pub(super) const TOPIC: &str = "inventory-events";

/// All seats of an order are held, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InventoryReserved {
    /// Which order; the booking's id.
    pub order_id: BookingId,
    /// The ticket type, when there is exactly one line.
    #[serde(with = "as_text::optional", default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub product_id: Option<TicketTypeId>,
    /// How many of it, when there is exactly one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// What was asked for.
    pub lines: Vec<Item>,
    /// Whether the seats are held.
    pub success: bool,
    /// The same for people.
    pub message: String,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The price of all lines together.
    pub amount: Decimal,
    /// Of the amount and of every line.
    pub currency: Currency,
    /// Whose order.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub customer_id: UserId,
    /// Who sells.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
    /// What to charge.
    pub payment_token: PaymentToken,
}

impl Event for InventoryReserved {
    const KIND: &'static str = "InventoryReservedEvent";
    const SOURCE: &'static str = "inventory";
    fn key(&self) -> Uuid {
        self.order_id.get()
    }
}

/// The seats of an order are sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InventorySold {
    /// Which order; the booking's id.
    pub order_id: BookingId,
    /// What was sold.
    pub lines: Vec<Item>,
    /// Of every line.
    pub currency: Currency,
    /// Who sells.
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

/// The seats of an order, held or sold before, are free again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InventoryReleased {
    /// Which order; the booking's id.
    pub order_id: BookingId,
    /// Why.
    pub reason: Reason,
    /// Who sells.
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
