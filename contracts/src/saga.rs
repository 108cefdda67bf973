//! The dance as data: who says what, who hears it and does what, and how it is undone.
//!
//! Nobody conducts. Every service reacts to what it hears, and a test of each compares its reactions with [`heard_by`].

use boxoffice_envelope::Event;

use crate::events::{
    BookingCancelled, BookingCreated, InventoryReleased, InventoryReserved, InventorySold, NotificationSent,
    OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed, PaymentPending, PaymentProcessed, PaymentRefunded,
    UserSaved,
};

/// Every service that says or hears something.
pub const SERVICES: &[&str] = &["users", "inventory", "bookings", "orders", "payments", "notifications"];

/// One event of the saga.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The event's name on the wire, such as `OrderCreatedEvent`.
    pub event: &'static str,
    /// The service that says it.
    pub said_by: &'static str,
    /// Who must react to it.
    pub heard_by: &'static [Heard],
    /// How what was done before it was said, and because of it, is taken back.
    pub undone_by: Undo,
}

/// One reaction.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    /// The service that reacts.
    pub by: &'static str,
    /// What it does, as the end of the sentence "when it hears this, it ...".
    pub does: &'static str,
}

/// How a step is undone.
#[derive(Clone, Copy, Debug)]
pub enum Undo {
    /// By whichever of these events is said: the services that took part in the step say or hear at least one of them
    /// and take back what they did.
    Events(&'static [&'static str]),
    /// Not at all, for this reason.
    Nothing(&'static str),
}

/// The kinds of event that `service` must react to, in the order of [`SAGA`].
pub fn heard_by(service: &str) -> Vec<&'static str> {
    let hears = |step: &&Step| step.heard_by.iter().any(|heard| heard.by == service);
    SAGA.iter().filter(hears).map(|step| step.event).collect()
}

const fn step<E: Event>(heard_by: &'static [Heard], undone_by: Undo) -> Step {
    Step { event: E::KIND, said_by: E::SOURCE, heard_by, undone_by }
}

const fn heard(by: &'static str, does: &'static str) -> Heard {
    Heard { by, does }
}

const ORDER_ENDS: Undo = Undo::Events(&[OrderFailed::KIND, OrderCancelled::KIND]);

/// The whole saga, in the order in which its events first happen.
pub const SAGA: &[Step] = &[
    step::<UserSaved>(
        &[heard("bookings", "keeps its copy of the customer")],
        Undo::Nothing("it carries the whole user, and the next one replaces it"),
    ),
    step::<BookingCreated>(
        &[heard("orders", "opens the order")],
        Undo::Events(&[BookingCancelled::KIND, OrderFailed::KIND]),
    ),
    step::<BookingCancelled>(
        &[heard("orders", "ends the order: cancelled by a person, or failed because it expired")],
        Undo::Nothing("it undoes; what is cancelled stays cancelled"),
    ),
    step::<OrderCreated>(
        &[
            heard("inventory", "claims the hold or takes one, all lines or none"),
            heard("bookings", "opens the booking when the order was placed first"),
        ],
        ORDER_ENDS,
    ),
    step::<InventoryReserved>(
        &[
            heard("payments", "charges the amount when the seats are held"),
            heard("orders", "shows the order as reserved, or fails it"),
        ],
        Undo::Events(&[PaymentProcessed::KIND, OrderFailed::KIND, OrderCancelled::KIND]),
    ),
    step::<PaymentPending>(
        &[heard("bookings", "shows it on the timeline and lets payments keep the time")],
        Undo::Nothing("it changes nothing but who keeps the time, and the outcome of the payment ends that"),
    ),
    step::<PaymentProcessed>(
        &[
            heard("inventory", "sells the held seats, or frees them when nobody paid"),
            heard("orders", "shows the order as paid"),
            heard("bookings", "shows it on the timeline"),
        ],
        ORDER_ENDS,
    ),
    step::<InventorySold>(&[heard("orders", "confirms the order")], ORDER_ENDS),
    step::<InventoryReleased>(
        &[heard("orders", "fails the order")],
        Undo::Nothing("it undoes; the seats may belong to another buyer already"),
    ),
    step::<OrderConfirmed>(
        &[
            heard("bookings", "confirms the booking and issues its tickets"),
            heard("notifications", "writes to the customer"),
        ],
        Undo::Events(&[OrderCancelled::KIND]),
    ),
    step::<OrderFailed>(
        &[
            heard("bookings", "fails the booking, or shows it as expired"),
            heard("inventory", "frees whatever is held"),
            heard("payments", "stops asking for money and refunds what was captured, then or afterwards"),
            heard("notifications", "writes to the customer"),
        ],
        Undo::Nothing("it undoes; what has failed stays failed"),
    ),
    step::<OrderCancelled>(
        &[
            heard("bookings", "cancels the booking and voids its tickets"),
            heard("inventory", "frees the seats, held or sold"),
            heard("payments", "stops asking for money and refunds what was captured, then or afterwards"),
            heard("notifications", "writes to the customer"),
        ],
        Undo::Nothing("it undoes; what is cancelled stays cancelled"),
    ),
    step::<PaymentRefunded>(
        &[heard("orders", "shows how far the refund has come"), heard("bookings", "shows how far the refund has come")],
        Undo::Nothing("it undoes; money that was given back is not charged again"),
    ),
    step::<NotificationSent>(
        &[heard("bookings", "shows it on the timeline")],
        Undo::Nothing("what was sent cannot be called back; the next notification tells what has changed"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::EVENTS;

    impl Step {
        fn takes_part(&self, service: &str) -> bool {
            self.said_by == service || self.heard_by.iter().any(|heard| heard.by == service)
        }
    }

    fn named(kind: &str) -> &'static Step {
        SAGA.iter().find(|step| step.event == kind).expect("a step of the saga")
    }

    #[test]
    fn every_event_is_one_step() {
        let steps: Vec<_> = SAGA.iter().map(|step| (step.event, step.said_by)).collect();
        let events: Vec<_> = EVENTS.iter().map(|event| (event.kind, event.source)).collect();
        assert_eq!(steps, events);
    }

    #[test]
    fn everything_is_said_and_heard_by_services_that_there_are() {
        for step in SAGA {
            assert!(SERVICES.contains(&step.said_by), "{} is said by {}", step.event, step.said_by);
            assert!(!step.heard_by.is_empty(), "nobody hears {}", step.event);
            for (position, heard) in step.heard_by.iter().enumerate() {
                assert!(SERVICES.contains(&heard.by), "{} is heard by {}", step.event, heard.by);
                assert_ne!(heard.by, step.said_by, "{} is heard by its own service", step.event);
                let again = step.heard_by[..position].iter().any(|earlier| earlier.by == heard.by);
                assert!(!again, "{} is heard twice by {}", step.event, heard.by);
            }
        }
    }

    #[test]
    fn whoever_took_part_learns_of_the_undoing() {
        for step in SAGA {
            let kinds = match step.undone_by {
                Undo::Events(kinds) => kinds,
                Undo::Nothing(reason) => {
                    assert!(!reason.is_empty(), "{} is not undone, for no reason", step.event);
                    continue;
                }
            };
            for service in SERVICES.iter().filter(|service| step.takes_part(service)) {
                let learns = kinds.iter().any(|kind| named(kind).takes_part(service));
                assert!(learns, "{service} takes part in {} and in none of {kinds:?}", step.event);
            }
        }
    }

    #[test]
    fn a_service_can_ask_what_it_must_react_to() {
        assert_eq!(heard_by("users"), Vec::<&str>::new());
        assert_eq!(heard_by("payments"), ["InventoryReservedEvent", "OrderFailedEvent", "OrderCancelledEvent"]);
        assert_eq!(heard_by("notifications"), ["OrderConfirmedEvent", "OrderFailedEvent", "OrderCancelledEvent"]);
    }
}
