//! What has happened, as one service says it and others hear it: one file for each service that says something.
//!
//! In JSON an event is one flat object in camelCase. The envelope writes `eventId`, `eventType` and `timestamp` in
//! front, so no event has a field of these names. Ids are strings, amounts are exact decimal numbers beside their
//! `currency`, people are ids and never names or addresses. An optional field that has no value is absent.

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

/// What there is to know about one kind of event without having one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventKind {
    /// Its name on the wire, such as `OrderCreatedEvent`.
    pub kind: &'static str,
    /// The service that says it.
    pub source: &'static str,
    /// The topic that carries it on Kafka.
    pub topic: &'static str,
    /// The subject that carries it on NATS.
    pub subject: &'static str,
    /// What has happened, in one sentence.
    pub about: &'static str,
}

impl EventKind {
    const fn of<E: Event>(topic: &'static str, subject: &'static str, about: &'static str) -> Self {
        Self { kind: E::KIND, source: E::SOURCE, topic, subject, about }
    }

    /// The kind of this name on the wire.
    pub fn named(kind: &str) -> Option<&'static Self> {
        EVENTS.iter().find(|known| known.kind == kind)
    }
}

/// Every event that there is, in the order in which they first happen.
pub const EVENTS: &[EventKind] = &[
    EventKind::of::<UserSaved>(users::TOPIC, "user.saved", "A user was created, changed or deleted."),
    EventKind::of::<BookingCreated>(bookings::TOPIC, "booking.created", "A customer was promised a booking."),
    EventKind::of::<BookingCancelled>(
        bookings::TOPIC,
        "booking.cancelled",
        "A booking was called off, or its time is up.",
    ),
    EventKind::of::<OrderCreated>(orders::TOPIC, "order.created", "What is owed for a booking was written down."),
    EventKind::of::<InventoryReserved>(
        inventory::TOPIC,
        "inventory.reserved",
        "All seats of an order are held, or none.",
    ),
    EventKind::of::<PaymentPending>(payments::TOPIC, "payment.pending", "The payment provider has not answered yet."),
    EventKind::of::<PaymentProcessed>(payments::TOPIC, "payment.processed", "An order was paid, or will not be."),
    EventKind::of::<InventorySold>(inventory::TOPIC, "inventory.sold", "The seats of an order are sold."),
    EventKind::of::<InventoryReleased>(inventory::TOPIC, "inventory.released", "The seats of an order are free again."),
    EventKind::of::<OrderConfirmed>(orders::TOPIC, "order.confirmed", "An order is paid and its seats are sold."),
    EventKind::of::<OrderFailed>(orders::TOPIC, "order.failed", "An order ended without tickets."),
    EventKind::of::<OrderCancelled>(orders::TOPIC, "order.cancelled", "An order was called off by a person."),
    EventKind::of::<PaymentRefunded>(
        payments::TOPIC,
        "payment.refunded",
        "Giving money back has begun, succeeded or failed.",
    ),
    EventKind::of::<NotificationSent>(notifications::TOPIC, "notification.sent", "The customer was written to."),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_of_one_form() {
        let kinds: HashSet<_> = EVENTS.iter().map(|event| event.kind).collect();
        let subjects: HashSet<_> = EVENTS.iter().map(|event| event.subject).collect();
        assert_eq!((kinds.len(), subjects.len()), (EVENTS.len(), EVENTS.len()));
        for EventKind { kind, source, topic, subject, .. } in EVENTS {
            let name = kind.strip_suffix("Event").expect("every kind ends in Event");
            let (noun, verb) = subject.split_once('.').expect("a subject has two words");
            assert_eq!(name.to_lowercase(), format!("{noun}{verb}"));
            assert_eq!(*topic, format!("{noun}-events"));
            assert!(source.starts_with(noun), "{subject} is said by {source}");
            assert_eq!(EventKind::named(kind).map(|known| known.subject), Some(*subject));
        }
        assert_eq!(EventKind::named("OrderCreated"), None);
    }
}
