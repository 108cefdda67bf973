use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{BookingId, Currency, Decimal, Item, OrganizerId, PaymentToken, Reason, UserId, as_text};

pub(super) const TOPIC: &str = "order-events";

crate::string_enum::string_enum! {
    /// The service in which the customer placed a purchase; the other one learns of it from the events.
    PlacedThrough {
        /// The booking came first; its hold is taken.
        Bookings = "bookings",
        /// The order came first; there is no booking yet, and perhaps no hold.
        Orders = "orders",
    }
}

/// The fields that all order events share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSummary {
    /// Id of the order, which is also the id of its booking.
    pub order_id: BookingId,
    /// The user who pays.
    pub customer_id: UserId,
    /// The ordered tickets, one item for each ticket type.
    pub items: Vec<Item>,
    /// The price of all items together.
    pub total_amount: Decimal,
    /// Currency of the total and of every item.
    pub currency: Currency,
    /// The organizer who sells all of the items.
    pub organizer_id: OrganizerId,
}

/// Declares an order event: the fields of [`OrderSummary`], and the event's own fields after the items (first braces)
/// and at the end (second braces).
///
/// The summary is not a flattened field, because serde buffers flattened fields and a [`Decimal`] would lose its digits.
macro_rules! order_event {
    (
        $(#[$about:meta])*
        $name:ident = $kind:literal
        { $($(#[$middle_about:meta])* $middle:ident: $middle_type:ty,)* }
        { $($(#[$last_about:meta])* $last:ident: $last_type:ty,)* }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// Id of the order, which is also the id of its booking.
            pub order_id: BookingId,
            /// The user who pays.
            #[serde(with = "as_text")]
            #[schema(value_type = String)]
            pub customer_id: UserId,
            /// The ordered tickets, one item for each ticket type.
            pub items: Vec<Item>,
            $($(#[$middle_about])* pub $middle: $middle_type,)*
            /// The price of all items together.
            pub total_amount: Decimal,
            /// Currency of the total and of every item.
            pub currency: Currency,
            /// The organizer who sells all of the items.
            #[serde(with = "as_text")]
            #[schema(value_type = String)]
            pub organizer_id: OrganizerId,
            $($(#[$last_about])* pub $last: $last_type,)*
        }

        impl $name {
            /// The event of the order with this summary.
            pub fn new(order: OrderSummary $(, $middle: $middle_type)* $(, $last: $last_type)*) -> Self {
                let OrderSummary { order_id, customer_id, items, total_amount, currency, organizer_id } = order;
                Self {
                    order_id,
                    customer_id,
                    items,
                    $($middle,)*
                    total_amount,
                    currency,
                    organizer_id,
                    $($last,)*
                }
            }
        }

        impl From<$name> for OrderSummary {
            fn from(event: $name) -> Self {
                let $name { order_id, customer_id, items, total_amount, currency, organizer_id, .. } = event;
                Self { order_id, customer_id, items, total_amount, currency, organizer_id }
            }
        }

        impl Event for $name {
            const KIND: &'static str = $kind;
            const SOURCE: &'static str = "orders";
            fn key(&self) -> Uuid {
                self.order_id.get()
            }
        }
    };
}

order_event! {
    /// An order was opened for a booking, or placed directly.
    OrderCreated = "OrderCreatedEvent"
    {}
    {
        /// The service in which the customer placed it.
        placed_through: PlacedThrough,
        /// The payment token to charge.
        payment_token: PaymentToken,
    }
}

order_event! {
    /// An order is paid and its seats are sold.
    OrderConfirmed = "OrderConfirmedEvent"
    {}
    {}
}

order_event! {
    /// An order ended without tickets. Consumers release its seats and refund what was captured or will be captured.
    OrderFailed = "OrderFailedEvent"
    {
        /// The reason of the failure.
        reason: Reason,
    }
    {}
}

order_event! {
    /// A person cancelled an order, before or after it was confirmed. Consumers undo the same as after a failed order.
    OrderCancelled = "OrderCancelledEvent"
    {}
    {}
}
