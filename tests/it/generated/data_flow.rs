//! docs/data-flow.md: the services, their databases, and the events and calls between them, drawn from the saga table.

use std::fmt::Write;

use boxoffice::SERVICES;
use boxoffice_contracts::saga::SAGA;
use boxoffice_database::Database;

use super::{check, services::calls};

const FRONT: &str = "# Data flow\n\n\
    Generated from the table `SAGA` in `contracts/src/saga.rs` and the services' sources; a test compares.\n\n\
    Clients send HTTP requests with JSON to the gateway only. The gateway forwards each request to the service that \
    documents its path. Each service commits its data and its events to its own database in one transaction. Thick arrows \
    are events: stored with the data of their publisher and delivered after the commit, with one effect each. Dotted arrows \
    are synchronous calls while a request is processed.\n";

/// A step of a source document, and the step of this system. Names in backticks that end in `Event` are kinds.
type Steps = &'static [(&'static str, &'static str)];

const SUCCESS: Steps = &[
    (
        "Client -> API Gateway -> Order Service: POST /orders",
        "client, gateway, orders: `POST /api/v1/orders`, or through bookings `POST /api/v1/bookings`, which takes the hold first",
    ),
    ("Order Service creates order in Redis", "orders writes the order into its database"),
    ("Order Service publishes OrderCreatedEvent", "in the same transaction orders publishes `OrderCreatedEvent`"),
    ("Inventory Service consumes OrderCreatedEvent", "inventory consumes it"),
    ("Inventory Service reserves stock in Redis", "inventory claims the hold or takes one: all lines or none"),
    ("Inventory Service publishes InventoryReservedEvent", "inventory publishes `InventoryReservedEvent`"),
    ("Payment Service consumes InventoryReservedEvent", "payments consumes it"),
    ("Payment Service processes payment", "payments stores the intent, calls the provider, stores the outcome"),
    (
        "Payment Service publishes PaymentProcessedEvent",
        "payments publishes `PaymentProcessedEvent`; inventory sells the seats and publishes `InventorySoldEvent`; orders publishes `OrderConfirmedEvent`",
    ),
    (
        "Notification Service consumes PaymentProcessedEvent",
        "notifications consumes `OrderConfirmedEvent`: money alone is no ticket yet",
    ),
    (
        "Notification Service sends confirmation",
        "notifications writes to the customer and publishes `NotificationSentEvent`",
    ),
];

const ROLLBACK: Steps = &[
    (
        "Payment Service publishes PaymentProcessedEvent (success: false)",
        "payments publishes `PaymentProcessedEvent` with `success` false",
    ),
    ("Inventory Service consumes failed payment event", "inventory consumes it"),
    (
        "Inventory Service releases reserved stock",
        "inventory frees the seats, once, and publishes `InventoryReleasedEvent`",
    ),
    ("Order Service updates order status to \"FAILED\"", "orders fails the order and publishes `OrderFailedEvent`"),
    (
        "Notification Service sends failure notification",
        "notifications writes to the customer and publishes `NotificationSentEvent`",
    ),
];

fn diagram() -> String {
    let mut text = "\n```mermaid\nflowchart LR\n    client([web, mobile, curl]) -->|HTTP, JSON| gateway\n    \
        subgraph boxoffice\n"
        .to_owned();
    let names: Vec<_> = SERVICES.iter().map(|service| service.name).collect();
    writeln!(text, "        gateway --> {}", names.join(" & ")).unwrap();
    for service in &names {
        for other in calls(service) {
            writeln!(text, "        {service} -. calls .-> {other}").unwrap();
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

/// Each pair of a publisher and a consumer, with the number of kinds of events between them.
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
    let mut text = format!("\n## {title}\n\n{about}\n\n| | document | this system |\n| --- | --- | --- |\n");
    for (number, (there, here)) in (1..).zip(steps) {
        for kind in here.split('`').skip(1).step_by(2).filter(|word| word.ends_with("Event")) {
            assert!(SAGA.iter().any(|step| step.event == kind), "there is no {kind}");
        }
        writeln!(text, "| {number} | {there} | {here} |").unwrap();
    }
    text
}

#[test]
fn the_page_matches_the_saga() {
    let mut page = FRONT.to_owned();
    page.push_str(&diagram());
    page.push_str(&steps(
        "A successful order, step by step",
        "The eleven steps of the document on the event-driven platform, and the step of this system that replaces each.",
        SUCCESS,
    ));
    page.push_str(&steps("A payment that fails, step by step", "Its five steps back.", ROLLBACK));
    check("data-flow.md", &page, "generated::data_flow");
}
