//! Bookings: a customer's purchase from its creation to its end, with its tickets and its timeline.
//!
//! - Owns: bookings with their timelines, tickets, and a copy of each user's subject
//! - Consumes: `UserSaved`, `OrderCreated`, `OrderConfirmed`, `OrderFailed`, `OrderCancelled`, `PaymentPending`,
//!   `PaymentProcessed`, `PaymentRefunded`, `NotificationSent`
//! - Publishes: `BookingCreated`, `BookingCancelled`
//! - Serves: `/bookings`, `/events/{id}/bookings`; to other services the user of a booking, cancellations, and the
//!   retirement of a customer who is about to be deleted
//! - Calls: inventory for holds and the organizers of events, users for users that are not known here, payments for
//!   payment tokens
//!
//! # Extending
//!
//! - A new input of the state machine: add it to [`domain::BookingInput`], with its transition in
//!   `BookingState::apply` and a case in the tests below it; then apply it in a command.
//! - A new consumed event: add a command and its line in `reactions.rs`, and the consumer in `contracts::saga`.
//! - A new endpoint: one file in `api/`, with the types of its bodies in `api/requests.rs` and `api/responses.rs`.

mod api;
mod clients;
pub mod commands;
mod config;
pub mod domain;
mod error;
mod metrics;
mod reactions;
pub mod store;
mod tasks;

use std::sync::Arc;

use boxoffice_database::Migration;
use boxoffice_http::SingleFlight;
use boxoffice_runtime::{Assembled, Parts, Service, Task};
use boxoffice_settings::SectionSpec;

use clients::Clients;
use config::BookingsSettings;

pub use crate::metrics::METRICS;
pub use error::{CODES, Refusal};
pub use reactions::reactions;

/// The migrations of this service's database.
pub const MIGRATIONS: &[Migration] =
    &[Migration { number: 1, name: "bookings", sql: include_str!("../migrations/0001_bookings.sql") }];

/// The service as the program assembles it.
pub const fn service() -> Service {
    Service {
        name: "bookings",
        about: "Bookings from their creation to their end, with tickets and a timeline.",
        migrations: MIGRATIONS,
        codes: CODES,
        metrics: METRICS,
        settings: Some(SectionSpec::of::<BookingsSettings>()),
        reactions: |_| Ok(reactions()),
        assemble,
    }
}

fn assemble(parts: Parts) -> anyhow::Result<Assembled> {
    let BookingsSettings { deadline, max_open } = parts.settings.section()?;
    let writer = parts.writer;
    let open_bookings = api::OpenBookings::new(store::count_pending_blocking(writer.database())?, max_open);
    let (counter, estimate, correction) = (open_bookings.clone(), open_bookings.clone(), open_bookings.clone());
    writer.on_signal(move |signal| counter.on_signal(signal));
    let open_count = tasks::run_open_count(writer.clone(), move || estimate.count(), move |by| correction.correct(by));
    let clients = Arc::new(Clients::new(&parts.clients, &parts.credential));
    let tasks = vec![
        Task::new("booking deadlines", tasks::run_expiry(writer.clone(), deadline)),
        Task::new("open bookings", open_count),
        Task::new("retired customers", tasks::run_deletion_checks(writer.clone(), clients.clone())),
    ];
    let app = api::App {
        clients,
        clock: parts.clock,
        entropy: parts.entropy,
        open_bookings,
        single_flight: SingleFlight::default(),
        deadline,
        writer,
    };
    Ok(Assembled { api: api::router(app), tasks, additional_writers: Vec::new() })
}
