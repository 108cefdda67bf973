//! The saga as data: for each event its publisher, its consumers with their actions, and its compensation.
//!
//! The saga is a choreography: services have no coordinator and handle each other's events. A test in every service
//! compares its handlers with [`consumed_by`].

use boxoffice_envelope::Event;

use crate::events::{
    BookingCancelled, BookingCreated, InventoryReleased, InventoryReserved, InventorySold, NotificationSent,
    OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed, PaymentPending, PaymentProcessed, PaymentRefunded,
    UserSaved,
};

/// Every service that publishes or consumes an event.
pub const SERVICES: &[&str] = &["users", "inventory", "bookings", "orders", "payments", "notifications"];

/// One event of the saga with its publisher, consumers and compensation.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The event's `eventType`, such as `OrderCreatedEvent`.
    pub event: &'static str,
    /// Name of the service that publishes the event.
    pub published_by: &'static str,
    /// Services that must handle the event.
    pub consumed_by: &'static [Consumer],
    /// How the changes that led to the event, and that it caused, are compensated.
    pub undone_by: Undo,
}

/// A service that handles an event.
#[derive(Clone, Copy, Debug)]
pub struct Consumer {
    /// Name of the consuming service.
    pub service: &'static str,
    /// Effect of its handler; completes the sentence "when the service consumes the event, it ...".
    pub action: &'static str,
}

/// Compensation of a step.
#[derive(Clone, Copy, Debug)]
pub enum Undo {
    /// Any of these events compensates the step: every service that took part in the step publishes or consumes at
    /// least one of them and reverts its changes.
    Events(&'static [&'static str]),
    /// The step has no compensation, for this reason.
    Nothing(&'static str),
}

/// The `eventType`s that `service` must handle, in the order of [`SAGA`].
pub fn consumed_by(service: &str) -> Vec<&'static str> {
    let consumes = |step: &&Step| step.consumed_by.iter().any(|consumer| consumer.service == service);
    SAGA.iter().filter(consumes).map(|step| step.event).collect()
}

const fn step<E: Event>(consumed_by: &'static [Consumer], undone_by: Undo) -> Step {
    Step { event: E::KIND, published_by: E::SOURCE, consumed_by, undone_by }
}

const fn consumer(service: &'static str, action: &'static str) -> Consumer {
    Consumer { service, action }
}

const ORDER_FAILED_OR_CANCELLED: Undo = Undo::Events(&[OrderFailed::KIND, OrderCancelled::KIND]);

/// The whole saga, in the order in which a booking first produces its events.
pub const SAGA: &[Step] = &[
    step::<UserSaved>(
        &[consumer("bookings", "updates its copy of the customer")],
        Undo::Nothing("the event carries the complete user, and a later one replaces it"),
    ),
    step::<BookingCreated>(
        &[consumer("orders", "opens the order")],
        Undo::Events(&[BookingCancelled::KIND, OrderFailed::KIND]),
    ),
    step::<BookingCancelled>(
        &[consumer(
            "orders",
            "cancels the order when a person cancelled the booking, fails it when the booking expired",
        )],
        Undo::Nothing("it is a compensation, and cancellation is final"),
    ),
    step::<OrderCreated>(
        &[
            consumer("inventory", "claims the booking's hold or creates one, for all lines or none"),
            consumer("bookings", "opens the booking when the customer placed the order first"),
        ],
        ORDER_FAILED_OR_CANCELLED,
    ),
    step::<InventoryReserved>(
        &[
            consumer("payments", "charges the amount if the seats are held"),
            consumer("orders", "marks the order as reserved, or fails it"),
        ],
        Undo::Events(&[PaymentProcessed::KIND, OrderFailed::KIND, OrderCancelled::KIND]),
    ),
    step::<PaymentPending>(
        &[consumer("bookings", "adds it to the timeline and leaves the payment deadline to payments")],
        Undo::Nothing("the event only moves the payment deadline to payments, and the payment's outcome ends it"),
    ),
    step::<PaymentProcessed>(
        &[
            consumer("inventory", "sells the held seats, or releases them when the payment failed"),
            consumer("orders", "marks the order as paid"),
            consumer("bookings", "adds it to the timeline"),
        ],
        ORDER_FAILED_OR_CANCELLED,
    ),
    step::<InventorySold>(&[consumer("orders", "confirms the order")], ORDER_FAILED_OR_CANCELLED),
    step::<InventoryReleased>(
        &[consumer("orders", "fails the order")],
        Undo::Nothing("it is a compensation, and other customers may have booked the seats"),
    ),
    step::<OrderConfirmed>(
        &[
            consumer("bookings", "confirms the booking and issues its tickets"),
            consumer("notifications", "sends the customer a notification"),
        ],
        Undo::Events(&[OrderCancelled::KIND]),
    ),
    step::<OrderFailed>(
        &[
            consumer("bookings", "fails the booking, or marks it as expired"),
            consumer("inventory", "releases the held seats"),
            consumer("payments", "stops charging and refunds every amount that is or will be captured"),
            consumer("notifications", "sends the customer a notification"),
        ],
        Undo::Nothing("it is a compensation, and failure is final"),
    ),
    step::<OrderCancelled>(
        &[
            consumer("bookings", "cancels the booking and voids its tickets"),
            consumer("inventory", "releases the seats, held or sold"),
            consumer("payments", "stops charging and refunds every amount that is or will be captured"),
            consumer("notifications", "sends the customer a notification"),
        ],
        Undo::Nothing("it is a compensation, and cancellation is final"),
    ),
    step::<PaymentRefunded>(
        &[
            consumer("orders", "updates the status of the refund"),
            consumer("bookings", "updates the status of the refund"),
        ],
        Undo::Nothing("it is a compensation, and a refunded amount is not charged again"),
    ),
    step::<NotificationSent>(
        &[consumer("bookings", "adds it to the timeline")],
        Undo::Nothing("a sent notification cannot be recalled, and the next one reports the change"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::EVENTS;

    impl Step {
        fn takes_part(&self, service: &str) -> bool {
            self.published_by == service || self.consumed_by.iter().any(|consumer| consumer.service == service)
        }
    }

    fn named(kind: &str) -> &'static Step {
        SAGA.iter().find(|step| step.event == kind).expect("a step of the saga")
    }

    #[test]
    fn every_event_is_one_step() {
        let steps: Vec<_> = SAGA.iter().map(|step| (step.event, step.published_by)).collect();
        let events: Vec<_> = EVENTS.iter().map(|event| (event.kind, event.source)).collect();
        assert_eq!(steps, events);
    }

    #[test]
    fn publishers_and_consumers_are_known_services() {
        for step in SAGA {
            assert!(SERVICES.contains(&step.published_by), "{} is published by {}", step.event, step.published_by);
            assert!(!step.consumed_by.is_empty(), "{} has no consumer", step.event);
            for (position, consumer) in step.consumed_by.iter().enumerate() {
                assert!(SERVICES.contains(&consumer.service), "{} is consumed by {}", step.event, consumer.service);
                assert_ne!(consumer.service, step.published_by, "{} is consumed by its publisher", step.event);
                let repeated = step.consumed_by[..position].iter().any(|earlier| earlier.service == consumer.service);
                assert!(!repeated, "{} lists {} twice", step.event, consumer.service);
            }
        }
    }

    #[test]
    fn every_participant_of_a_step_takes_part_in_its_compensation() {
        for step in SAGA {
            let kinds = match step.undone_by {
                Undo::Events(kinds) => kinds,
                Undo::Nothing(reason) => {
                    assert!(!reason.is_empty(), "{} has neither a compensation nor a reason", step.event);
                    continue;
                }
            };
            for service in SERVICES.iter().filter(|service| step.takes_part(service)) {
                let informed = kinds.iter().any(|kind| named(kind).takes_part(service));
                assert!(informed, "{service} takes part in {} and in none of {kinds:?}", step.event);
            }
        }
    }

    #[test]
    fn consumed_by_lists_the_events_of_a_service() {
        assert_eq!(consumed_by("users"), Vec::<&str>::new());
        assert_eq!(consumed_by("payments"), ["InventoryReservedEvent", "OrderFailedEvent", "OrderCancelledEvent"]);
        assert_eq!(consumed_by("notifications"), ["OrderConfirmedEvent", "OrderFailedEvent", "OrderCancelledEvent"]);
    }
}
