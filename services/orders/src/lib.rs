//! Orders: what is owed for each booking, and the history of every order.
//!
//! - owns: orders with their lines and totals, and the rows of their history, which are only added
//! - hears: `BookingCreated`, `BookingCancelled`, `InventoryReserved`, `PaymentProcessed`, `InventorySold`,
//!   `InventoryReleased`, `PaymentRefunded`
//! - says: `OrderCreated`, `OrderConfirmed`, `OrderFailed`, `OrderCancelled`
//! - serves: `/orders`
//! - asks: users for the user of a token, payments for what it can charge, inventory for prices, bookings to cancel

mod api;
pub mod commands;
pub mod domain;
mod error;
mod metrics;
mod neighbours;
mod reactions;
pub mod store;

use boxoffice_database::Migration;
use boxoffice_http::StatusWatch;
use boxoffice_runtime::{Assembled, Parts, Service};

pub use crate::metrics::METRICS;
pub use error::{CODES, Refusal};
pub use reactions::reactions;

/// The tables of this service.
pub const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "orders", sql: include_str!("../migrations/0001_orders.sql") },
    Migration { number: 2, name: "order events", sql: include_str!("../migrations/0002_order_events.sql") },
];

/// The whole service.
pub const fn service() -> Service {
    Service {
        name: "orders",
        about: "What is owed: lines, totals, and the history of every order.",
        migrations: MIGRATIONS,
        codes: CODES,
        metrics: METRICS,
        settings: None,
        reactions,
        assemble,
    }
}

fn assemble(parts: Parts) -> anyhow::Result<Assembled> {
    let status_watch = StatusWatch::default();
    let app = api::App {
        neighbours: neighbours::Neighbours::new(&parts.clients, &parts.credential),
        single_flight: boxoffice_http::SingleFlight::default(),
        status_watch: status_watch.clone(),
        writer: parts.writer.clone(),
    };
    // The only nudges of this service are ends of orders.
    parts.writer.on_signal(move |end| {
        ::metrics::counter!("boxoffice_orders_ended_total", "outcome" => end.name).increment(1);
        status_watch.wake(end.id);
    });
    Ok(Assembled { api: api::router(app), tasks: Vec::new(), additional_writers: Vec::new() })
}
