use std::fmt::Write;

use boxoffice_envelope::Event;

use crate::{
    events::{
        BookingCancelled, BookingCreated, EVENTS, EventKind, InventoryReleased, InventoryReserved, InventorySold,
        NotificationSent, OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed, PaymentProcessed, PaymentRefunded,
    },
    saga::{SAGA, Step, Undo},
};

/// One way through the saga, as a diagram shows it.
struct Course {
    title: &'static str,
    about: &'static str,
    /// What happens before the first event, as lines of the diagram.
    opening: &'static [&'static str],
    /// The events in their usual order, each with what is particular about it.
    events: &'static [(&'static str, &'static str)],
}

const BOOK: &[&str] = &[
    "client->>bookings: POST /api/v1/bookings",
    "bookings->>inventory: take the hold (the one synchronous step)",
    "inventory-->>bookings: held, with prices",
    "bookings-->>client: 201, PENDING",
];

const COURSES: &[Course] = &[
    Course {
        title: "A booking succeeds",
        about: "The client is answered before the first event is delivered; everything after that happens by itself.",
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
    Course {
        title: "The payment is declined",
        about: "Nobody was charged, so there is nothing to refund: the seats are freed and the customer is told.",
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
    Course {
        title: "A booking is cancelled",
        about: "Here after it was confirmed. While it is pending the course is the same: what was not yet captured \
                is refunded as soon as it is, and seats that are held are freed like seats that are sold.",
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

const FRONT: &str = "# Choreography\n\n\
    Printed from the table `SAGA` in `contracts/src/saga.rs`; a test compares this page with it.\n\n\
    No service conducts another. Each says what has happened, in the transaction in which it happened, and reacts to \
    what the others say. A booking, its hold, its order and its payment are known by one id, which is also the key of \
    every message about them.\n\n\
    Order is a courtesy: every reaction is right under any order, delay and repetition of its messages. No state moves \
    backwards. A message that comes too early waits, and one that overtakes what it undoes is remembered.\n";

/// The page `docs/choreography.md`: the courses of the saga as diagrams, and the table of who says, who hears and what
/// undoes it.
pub fn choreography_markdown() -> String {
    let mut page = FRONT.to_owned();
    for course in COURSES {
        page.push_str(&course_section(course));
    }
    page.push_str(&flow_section());
    page.push_str(&table_section());
    page.push_str(&wire_section());
    page
}

const WRITING: &str = "writing to a string succeeds";

fn course_section(course: &Course) -> String {
    let mut text =
        format!("\n## {}\n\n{}\n\n```mermaid\nsequenceDiagram\n    actor client\n", course.title, course.about);
    for service in participants(course) {
        writeln!(text, "    participant {service}").expect(WRITING);
    }
    for line in course.opening {
        writeln!(text, "    {line}").expect(WRITING);
    }
    for (kind, note) in course.events {
        let step = step_of(kind);
        let label = if note.is_empty() { short(kind).to_owned() } else { format!("{} ({note})", short(kind)) };
        for heard in step.heard_by {
            writeln!(text, "    {}-){}: {label}", step.said_by, heard.by).expect(WRITING);
        }
    }
    text.push_str("```\n");
    text
}

/// The services of a course in the order in which they say something; whoever only listens comes last.
fn participants(course: &Course) -> Vec<&'static str> {
    let steps = || course.events.iter().map(|(kind, _)| step_of(kind));
    let speakers = steps().map(|step| step.said_by);
    let listeners = steps().flat_map(|step| step.heard_by.iter().map(|heard| heard.by));
    let mut services = Vec::new();
    for service in speakers.chain(listeners) {
        if !services.contains(&service) {
            services.push(service);
        }
    }
    services
}

fn flow_section() -> String {
    let mut text = "\n## Who talks to whom\n\n```mermaid\nflowchart LR\n".to_owned();
    let mut pairs: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for step in SAGA {
        for heard in step.heard_by {
            match pairs.iter_mut().find(|(from, to, _)| (*from, *to) == (step.said_by, heard.by)) {
                Some((_, _, kinds)) => kinds.push(short(step.event)),
                None => pairs.push((step.said_by, heard.by, vec![short(step.event)])),
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
        "\n## Every step\n\n| event | said by | heard by | undone by |\n| --- | --- | --- | --- |\n".to_owned();
    for step in SAGA {
        let hears: Vec<_> = step.heard_by.iter().map(|heard| format!("{}: {}", heard.by, heard.does)).collect();
        let undone = match step.undone_by {
            Undo::Events(kinds) => kinds.iter().map(|kind| short(kind)).collect::<Vec<_>>().join(" or "),
            Undo::Nothing(reason) => format!("nothing: {reason}"),
        };
        writeln!(text, "| {} | {} | {} | {undone} |", short(step.event), step.said_by, hears.join("<br/>"))
            .expect(WRITING);
    }
    text
}

fn wire_section() -> String {
    let mut text = "\n## On the wire\n\n\
        `eventType` is the name below. Topics are Kafka's, keyed by booking; subjects are NATS's. The JSON of every \
        event is in `contracts/tests/golden/`.\n\n\
        | eventType | topic | subject | about |\n| --- | --- | --- | --- |\n"
        .to_owned();
    for EventKind { kind, topic, subject, about, .. } in EVENTS {
        writeln!(text, "| {kind} | {topic} | {subject} | {about} |").expect(WRITING);
    }
    text
}

fn step_of(kind: &str) -> &'static Step {
    SAGA.iter().find(|step| step.event == kind).expect("a test finds every event in the saga")
}

/// The name without the suffix that all have.
fn short(kind: &str) -> &str {
    kind.strip_suffix("Event").unwrap_or(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_every_course_each_speaker_has_heard_why() {
        for course in COURSES {
            let mut informed = vec!["bookings"];
            for (kind, _) in course.events {
                let step = step_of(kind);
                assert!(informed.contains(&step.said_by), "{}: why does {} say {kind}?", course.title, step.said_by);
                informed.extend(step.heard_by.iter().map(|heard| heard.by));
            }
        }
    }
}
