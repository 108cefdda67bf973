use std::fmt::Write;

use boxoffice_envelope::Event;

use crate::{
    events::{
        BookingCancelled, BookingCreated, EVENTS, EventKind, InventoryReleased, InventoryReserved, InventorySold,
        NotificationSent, OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed, PaymentProcessed, PaymentRefunded,
    },
    saga::{SAGA, Step, Undo},
};

/// One path through the saga, printed as a sequence diagram.
struct Scenario {
    title: &'static str,
    about: &'static str,
    /// Diagram lines of the synchronous calls before the first event.
    opening: &'static [&'static str],
    /// `eventType`s in their usual order, each with a note on its outcome, or an empty string.
    events: &'static [(&'static str, &'static str)],
}

const BOOK: &[&str] = &[
    "client->>bookings: POST /api/v1/bookings",
    "bookings->>inventory: create the hold (the only synchronous step)",
    "inventory-->>bookings: hold with prices",
    "bookings-->>client: 201, PENDING",
];

const SCENARIOS: &[Scenario] = &[
    Scenario {
        title: "A booking succeeds",
        about: "The client receives the response before the first event is delivered; all later steps are asynchronous.",
        opening: BOOK,
        events: &[
            (BookingCreated::KIND, ""),
            (OrderCreated::KIND, ""),
            (InventoryReserved::KIND, "success"),
            (PaymentProcessed::KIND, "success"),
            (InventorySold::KIND, ""),
            (OrderConfirmed::KIND, ""),
            (NotificationSent::KIND, "booking-confirmed"),
        ],
    },
    Scenario {
        title: "The payment is declined",
        about: "Nothing was charged, so no refund is needed: inventory releases the seats, and the customer is notified.",
        opening: BOOK,
        events: &[
            (BookingCreated::KIND, ""),
            (OrderCreated::KIND, ""),
            (InventoryReserved::KIND, "success"),
            (PaymentProcessed::KIND, "declined"),
            (InventoryReleased::KIND, "declined"),
            (OrderFailed::KIND, "declined"),
            (NotificationSent::KIND, "booking-failed"),
        ],
    },
    Scenario {
        title: "A booking is cancelled",
        about: "The diagram shows the cancellation of a confirmed booking. A pending booking follows the same steps: \
                payments refunds an amount that is captured later, and inventory releases held seats like sold ones.",
        opening: &["client->>bookings: POST /api/v1/bookings/{id}/cancel", "bookings-->>client: 200, CANCELLED"],
        events: &[
            (BookingCancelled::KIND, "cancelled"),
            (OrderCancelled::KIND, ""),
            (InventoryReleased::KIND, "cancelled"),
            (PaymentRefunded::KIND, "pending, then done"),
            (NotificationSent::KIND, "booking-cancelled"),
        ],
    },
];

const INTRODUCTION: &str = "# Choreography\n\n\
    Generated from the table `SAGA` in `contracts/src/saga.rs`; a test compares this page with the table.\n\n\
    The saga has no coordinator. Each service publishes its events in the transaction that changes its state, and \
    handles the events of the other services. A booking, its hold, its order and its payment share one id, which is also \
    the key of every message about them.\n\n\
    Ordering is best effort: handlers are correct under any delivery order, delay and repetition. No status moves \
    backwards. A message that arrives too early is deferred, and a compensation that arrives before the step it \
    compensates leaves a tombstone.\n";

/// Generates the page `docs/choreography.md`: sequence diagrams of the saga's scenarios, and tables of its steps and
/// events.
pub fn choreography_markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    for scenario in SCENARIOS {
        page.push_str(&scenario_section(scenario));
    }
    page.push_str(&flow_section());
    page.push_str(&table_section());
    page.push_str(&wire_section());
    page
}

const WRITING: &str = "writing to a string succeeds";

fn scenario_section(scenario: &Scenario) -> String {
    let mut text =
        format!("\n## {}\n\n{}\n\n```mermaid\nsequenceDiagram\n    actor client\n", scenario.title, scenario.about);
    for service in participants(scenario) {
        writeln!(text, "    participant {service}").expect(WRITING);
    }
    for line in scenario.opening {
        writeln!(text, "    {line}").expect(WRITING);
    }
    for (kind, note) in scenario.events {
        let step = step_of(kind);
        let label = if note.is_empty() { short(kind).to_owned() } else { format!("{} ({note})", short(kind)) };
        for consumer in step.consumed_by {
            writeln!(text, "    {}-){}: {label}", step.published_by, consumer.service).expect(WRITING);
        }
    }
    text.push_str("```\n");
    text
}

/// The services of a scenario in the order of their first published event, followed by pure consumers.
fn participants(scenario: &Scenario) -> Vec<&'static str> {
    let steps = || scenario.events.iter().map(|(kind, _)| step_of(kind));
    let publishers = steps().map(|step| step.published_by);
    let consumers = steps().flat_map(|step| step.consumed_by.iter().map(|consumer| consumer.service));
    let mut services = Vec::new();
    for service in publishers.chain(consumers) {
        if !services.contains(&service) {
            services.push(service);
        }
    }
    services
}

fn flow_section() -> String {
    let mut text = "\n## Event flow\n\n```mermaid\nflowchart LR\n".to_owned();
    let mut pairs: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for step in SAGA {
        for consumer in step.consumed_by {
            match pairs.iter_mut().find(|(from, to, _)| (*from, *to) == (step.published_by, consumer.service)) {
                Some((_, _, kinds)) => kinds.push(short(step.event)),
                None => pairs.push((step.published_by, consumer.service, vec![short(step.event)])),
            }
        }
    }
    for (from, to, kinds) in pairs {
        writeln!(text, "    {from} -->|\"{}\"| {to}", kinds.join("<br/>")).expect(WRITING);
    }
    text.push_str("```\n");
    text
}

fn table_section() -> String {
    let mut text =
        "\n## Steps\n\n| event | published by | consumed by | compensated by |\n| --- | --- | --- | --- |\n".to_owned();
    for step in SAGA {
        let consumers: Vec<_> =
            step.consumed_by.iter().map(|consumer| format!("{}: {}", consumer.service, consumer.action)).collect();
        let compensation = match step.undone_by {
            Undo::Events(kinds) => kinds.iter().map(|kind| short(kind)).collect::<Vec<_>>().join(" or "),
            Undo::Nothing(reason) => format!("nothing: {reason}"),
        };
        writeln!(
            text,
            "| {} | {} | {} | {compensation} |",
            short(step.event),
            step.published_by,
            consumers.join("<br/>")
        )
        .expect(WRITING);
    }
    text
}

fn wire_section() -> String {
    let mut text = "\n## Events\n\n\
        Kafka topics are keyed by booking. `contracts/tests/golden/` has an example of each event's JSON.\n\n\
        | eventType | Kafka topic | NATS subject | description |\n| --- | --- | --- | --- |\n"
        .to_owned();
    for EventKind { kind, topic, subject, about, .. } in EVENTS {
        writeln!(text, "| {kind} | {topic} | {subject} | {about} |").expect(WRITING);
    }
    text
}

fn step_of(kind: &str) -> &'static Step {
    SAGA.iter().find(|step| step.event == kind).expect("a test checks that SAGA has every event")
}

/// `kind` without the suffix `Event`.
fn short(kind: &str) -> &str {
    kind.strip_suffix("Event").unwrap_or(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_every_scenario_publishers_consumed_an_earlier_event() {
        for scenario in SCENARIOS {
            let mut informed = vec!["bookings"];
            for (kind, _) in scenario.events {
                let step = step_of(kind);
                assert!(
                    informed.contains(&step.published_by),
                    "{}: {} publishes {kind} without having consumed an event",
                    scenario.title,
                    step.published_by
                );
                informed.extend(step.consumed_by.iter().map(|consumer| consumer.service));
            }
        }
    }
}
