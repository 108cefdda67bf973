//! Orders: the payable order of each booking, and the history of every order.
//!
//! - Owns: orders with their lines and totals, and the rows of their history, which are only added
//! - Consumes: `BookingCreated`, `BookingCancelled`, `InventoryReserved`, `PaymentProcessed`, `InventorySold`,
//!   `InventoryReleased`, `PaymentRefunded`
//! - Publishes: `OrderCreated`, `OrderConfirmed`, `OrderFailed`, `OrderCancelled`
//! - Serves: `/orders`
//! - Calls: users for the user of a token, payments for payment tokens, inventory for quotes, bookings to cancel
//!
//! # Extending
//!
//! - A new input of the state machine: add it to [`domain::OrderInput`], with its transition in
//!   [`domain::OrderStatus::apply`] and a case in the tests below it; then apply it in a command.
//! - A new consumed event: add a command and its line in `reactions.rs`, and the consumer in `contracts::saga`.
//! - A new endpoint: one file in `api/`, with the types of its responses in `api/responses.rs`.

mod api;
mod clients;
pub mod commands;
pub mod domain;
mod error;
mod metrics;
mod reactions;
pub mod store;

use boxoffice_database::Migration;
use boxoffice_http::StatusWatch;
use boxoffice_runtime::{Assembled, Parts, Service};

pub use crate::metrics::METRICS;
pub use error::{CODES, Refusal, SHARED_CODES};
pub use reactions::reactions;

/// The migrations of this service's database.
pub const MIGRATIONS: &[Migration] =
    &[Migration { number: 1, name: "orders", sql: include_str!("../migrations/0001_orders.sql") }];

/// The service as the program assembles it.
pub const fn service() -> Service {
    Service {
        name: "orders",
        about: "Orders with their lines and totals, and the history of every order.",
        migrations: MIGRATIONS,
        codes: CODES,
        metrics: METRICS,
        settings: None,
        reactions: |_| Ok(reactions()),
        assemble,
    }
}

fn assemble(parts: Parts) -> anyhow::Result<Assembled> {
    let status_watch = StatusWatch::default();
    let app = api::App {
        clients: clients::Clients::new(&parts.clients, &parts.credential),
        single_flight: boxoffice_http::SingleFlight::default(),
        status_watch: status_watch.clone(),
        writer: parts.writer.clone(),
    };
    // The only signals of this service are the outcomes of orders.
    parts.writer.on_signal(move |signal| {
        ::metrics::counter!("boxoffice_orders_ended_total", "outcome" => signal.name).increment(1);
        status_watch.wake(signal.id);
    });
    Ok(Assembled { api: api::router(app), tasks: Vec::new(), additional_writers: Vec::new() })
}
