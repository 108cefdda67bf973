//! docs/data-flow.md: where data enters, where it is kept and what carries it on, drawn from the table of the saga.

use std::fmt::Write;

use boxoffice::SERVICES;
use boxoffice_contracts::saga::SAGA;
use boxoffice_database::Database;

use super::{check, services::asks};

const FRONT: &str = "# Data flow\n\n\
    Printed from the table `SAGA` in `contracts/src/saga.rs` and the services' sources; a test compares.\n\n\
    A client speaks HTTP and JSON with the gateway, and with nothing else. The gateway hands a request to the service \
    that documents its path. Each service keeps its data, and what it says, in a database of its own, in one transaction. \
    Thick arrows are events: kept with the data of whoever says them, delivered after the commit, heard once. Dotted \
    arrows are questions, asked while a request is looked at and answered at once.\n";

/// What a source document says happens, and what happens here. Names in backticks that end in `Event` are kinds.
type Steps = &'static [(&'static str, &'static str)];

const SUCCESS: Steps = &[
    (
        "Client -> API Gateway -> Order Service: POST /orders",
        "client, gateway, orders: `POST /api/v1/orders`, or through bookings `POST /api/v1/bookings`, which takes the hold first",
    ),
    ("Order Service creates order in Redis", "orders writes the order into its database"),
    ("Order Service publishes OrderCreatedEvent", "in the same transaction orders says `OrderCreatedEvent`"),
    ("Inventory Service consumes OrderCreatedEvent", "inventory hears it"),
    ("Inventory Service reserves stock in Redis", "inventory claims the hold or takes one: all lines or none"),
    ("Inventory Service publishes InventoryReservedEvent", "inventory says `InventoryReservedEvent`"),
    ("Payment Service consumes InventoryReservedEvent", "payments hears it"),
    ("Payment Service processes payment", "payments stores the intent, calls the provider, stores the outcome"),
    (
        "Payment Service publishes PaymentProcessedEvent",
        "payments says `PaymentProcessedEvent`; inventory sells the seats and says `InventorySoldEvent`; orders says `OrderConfirmedEvent`",
    ),
    (
        "Notification Service consumes PaymentProcessedEvent",
        "notifications hears `OrderConfirmedEvent`: money alone is no ticket yet",
    ),
    (
        "Notification Service sends confirmation",
        "notifications writes to the customer and says `NotificationSentEvent`",
    ),
];

const ROLLBACK: Steps = &[
    (
        "Payment Service publishes PaymentProcessedEvent (success: false)",
        "payments says `PaymentProcessedEvent` with `success` false",
    ),
    ("Inventory Service consumes failed payment event", "inventory hears it"),
    ("Inventory Service releases reserved stock", "inventory frees the seats, once, and says `InventoryReleasedEvent`"),
    ("Order Service updates order status to \"FAILED\"", "orders fails the order and says `OrderFailedEvent`"),
    (
        "Notification Service sends failure notification",
        "notifications writes to the customer and says `NotificationSentEvent`",
    ),
];

fn picture() -> String {
    let mut text = "\n```mermaid\nflowchart LR\n    client([web, mobile, curl]) -->|HTTP, JSON| gateway\n    \
        subgraph boxoffice\n"
        .to_owned();
    let names: Vec<_> = SERVICES.iter().map(|service| service.name).collect();
    writeln!(text, "        gateway --> {}", names.join(" & ")).unwrap();
    for service in &names {
        for other in asks(service) {
            writeln!(text, "        {service} -. asks .-> {other}").unwrap();
        }
    }
    for (from, to, events) in pairs() {
        writeln!(text, "        {from} == {events} ==> {to}").unwrap();
    }
    text.push_str("    end\n");
    for service in &names {
        writeln!(text, "    {service} --- {service}_data[({})]", Database::file_name(service)).unwrap();
    }
    text + "    payments --> provider[payment provider]\n    notifications --> mail[mailbox]\n```\n"
}

/// Who says something to whom, and how many kinds of it.
fn pairs() -> Vec<(&'static str, &'static str, String)> {
    let mut pairs: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for step in SAGA {
        for consumer in step.consumed_by {
            match pairs.iter_mut().find(|(from, to, _)| (*from, *to) == (step.published_by, consumer.service)) {
                Some((.., events)) => events.push(short(step.event)),
                None => pairs.push((step.published_by, consumer.service, vec![short(step.event)])),
            }
        }
    }
    pairs.into_iter().map(|(from, to, events)| (from, to, format!("\"{}\"", events.join("<br/>")))).collect()
}

fn short(kind: &str) -> &str {
    kind.strip_suffix("Event").unwrap_or(kind)
}

fn steps(title: &str, about: &str, steps: Steps) -> String {
    let mut text = format!("\n## {title}\n\n{about}\n\n| | there | here |\n| --- | --- | --- |\n");
    for (number, (there, here)) in (1..).zip(steps) {
        for kind in here.split('`').skip(1).step_by(2).filter(|word| word.ends_with("Event")) {
            assert!(SAGA.iter().any(|step| step.event == kind), "there is no {kind}");
        }
        writeln!(text, "| {number} | {there} | {here} |").unwrap();
    }
    text
}

#[test]
fn the_picture_is_true() {
    let mut page = FRONT.to_owned();
    page.push_str(&picture());
    page.push_str(&steps(
        "A successful order, step by step",
        "The eleven steps of the document on the event-driven platform, and where each is here.",
        SUCCESS,
    ));
    page.push_str(&steps("A payment that fails, step by step", "Its five steps back.", ROLLBACK));
    check("data-flow.md", &page, "printed::data_flow");
}
