//! Domain events that services publish and consume, one file for each publishing service.
//!
//! In JSON an event is one flat object in camelCase. The envelope adds `eventId`, `eventType` and `timestamp`, so no
//! event declares fields of these names. Ids are strings and amounts are exact decimal numbers next to their
//! `currency`. People appear by id only, never by name or address. An optional field without a value is absent.

mod bookings;
mod inventory;
mod notifications;
mod orders;
mod payments;
mod users;

use boxoffice_envelope::Event;

pub use bookings::{BookingCancelled, BookingCreated};
pub use inventory::{InventoryReleased, InventoryReserved, InventorySold};
pub use notifications::{Channel, NotificationKind, NotificationSent};
pub use orders::{OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed, OrderSummary, PlacedThrough};
pub use payments::{PaymentPending, PaymentProcessed, PaymentRefunded, Refund};
pub use users::UserSaved;

/// Static description of one kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventKind {
    /// Value of `eventType`, such as `OrderCreatedEvent`.
    pub kind: &'static str,
    /// Name of the service that publishes it.
    pub source: &'static str,
    /// Kafka topic that carries it.
    pub topic: &'static str,
    /// NATS subject that carries it.
    pub subject: &'static str,
    /// Description of the event in one sentence, for the generated documents.
    pub about: &'static str,
}

impl EventKind {
    const fn of<E: Event>(topic: &'static str, subject: &'static str, about: &'static str) -> Self {
        Self { kind: E::KIND, source: E::SOURCE, topic, subject, about }
    }

    /// Finds an event by its `eventType`; `None` for an unknown name.
    pub fn named(kind: &str) -> Option<&'static Self> {
        EVENTS.iter().find(|known| known.kind == kind)
    }
}

/// All events, in the order in which a booking first produces them.
pub const EVENTS: &[EventKind] = &[
    EventKind::of::<UserSaved>(users::TOPIC, "user.saved", "A user was created, changed or deleted."),
    EventKind::of::<BookingCreated>(
        bookings::TOPIC,
        "booking.created",
        "A booking was created and its seats are held.",
    ),
    EventKind::of::<BookingCancelled>(bookings::TOPIC, "booking.cancelled", "A booking was cancelled or expired."),
    EventKind::of::<OrderCreated>(orders::TOPIC, "order.created", "An order was opened for a booking."),
    EventKind::of::<InventoryReserved>(
        inventory::TOPIC,
        "inventory.reserved",
        "Inventory holds all seats of an order, or none.",
    ),
    EventKind::of::<PaymentPending>(payments::TOPIC, "payment.pending", "The payment provider has not answered yet."),
    EventKind::of::<PaymentProcessed>(
        payments::TOPIC,
        "payment.processed",
        "The payment of an order succeeded or failed.",
    ),
    EventKind::of::<InventorySold>(inventory::TOPIC, "inventory.sold", "The seats of an order are sold."),
    EventKind::of::<InventoryReleased>(
        inventory::TOPIC,
        "inventory.released",
        "The seats of an order are available again.",
    ),
    EventKind::of::<OrderConfirmed>(orders::TOPIC, "order.confirmed", "An order is paid and its seats are sold."),
    EventKind::of::<OrderFailed>(orders::TOPIC, "order.failed", "An order failed."),
    EventKind::of::<OrderCancelled>(orders::TOPIC, "order.cancelled", "A person cancelled an order."),
    EventKind::of::<PaymentRefunded>(
        payments::TOPIC,
        "payment.refunded",
        "A refund was requested, completed or refused.",
    ),
    EventKind::of::<NotificationSent>(
        notifications::TOPIC,
        "notification.sent",
        "A notification was sent to the customer.",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_follow_one_pattern() {
        let kinds: HashSet<_> = EVENTS.iter().map(|event| event.kind).collect();
        let subjects: HashSet<_> = EVENTS.iter().map(|event| event.subject).collect();
        assert_eq!((kinds.len(), subjects.len()), (EVENTS.len(), EVENTS.len()));
        for EventKind { kind, source, topic, subject, .. } in EVENTS {
            let name = kind.strip_suffix("Event").expect("every kind ends in Event");
            let (noun, verb) = subject.split_once('.').expect("a subject has two words");
            assert_eq!(name.to_lowercase(), format!("{noun}{verb}"));
            assert_eq!(*topic, format!("{noun}-events"));
            assert!(source.starts_with(noun), "{source} publishes {subject}");
            assert_eq!(EventKind::named(kind).map(|known| known.subject), Some(*subject));
        }
        assert_eq!(EventKind::named("OrderCreated"), None);
    }
}
