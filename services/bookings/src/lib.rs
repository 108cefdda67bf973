//! Bookings: what a customer asked for, from placed to its end; tickets; the timeline that the customer sees.
//!
//! - owns: bookings with their timelines, tickets, and a copy of whose a token is
//! - hears: `UserSaved`, `OrderCreated`, `OrderConfirmed`, `OrderFailed`, `OrderCancelled`, `PaymentPending`,
//!   `PaymentProcessed`, `PaymentRefunded`, `NotificationSent`
//! - says: `BookingCreated`, `BookingCancelled`
//! - serves: `/bookings`, `/events/{id}/bookings`; to its neighbors whose a booking is, cancellations, and that
//!   nothing is booked for whoever is about to be deleted
//! - asks: inventory for holds and for who acts for an event's organizer, users about people of whom nothing was heard,
//!   payments about payment tokens

mod api;
pub mod commands;
mod config;
pub mod domain;
mod error;
mod metrics;
mod neighbours;
mod reactions;
pub mod store;
mod tasks;

use std::sync::Arc;

use boxoffice_database::Migration;
use boxoffice_http::SingleFlight;
use boxoffice_runtime::{Assembled, Parts, Service, Task};
use boxoffice_settings::SectionSpec;

use config::BookingsSettings;
use neighbours::Neighbours;

pub use crate::metrics::METRICS;
pub use error::{CODES, Refusal};
pub use reactions::reactions;

/// The tables of this service.
pub const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "bookings", sql: include_str!("../migrations/0001_bookings.sql") },
    Migration { number: 2, name: "retired customers", sql: include_str!("../migrations/0002_retired_customers.sql") },
];

/// The whole service.
pub const fn service() -> Service {
    Service {
        name: "bookings",
        about: "What customers asked for, from placed to its end; tickets.",
        migrations: MIGRATIONS,
        codes: CODES,
        metrics: METRICS,
        settings: Some(SectionSpec::of::<BookingsSettings>()),
        reactions,
        assemble,
    }
}

fn assemble(parts: Parts) -> anyhow::Result<Assembled> {
    let BookingsSettings { deadline, max_open } = parts.settings.section()?;
    let writer = parts.writer;
    let live = api::Live::new(store::count_open_blocking(writer.database())?, max_open);
    let (told, asked, corrected) = (live.clone(), live.clone(), live.clone());
    writer.on_signal(move |nudge| told.hear(nudge));
    let count = tasks::count_open(writer.clone(), move || asked.open(), move |more| corrected.correct(more));
    let neighbours = Arc::new(Neighbours::new(&parts.clients, &parts.credential));
    let tasks = vec![
        Task::new("booking deadlines", tasks::keep_deadlines(writer.clone(), deadline)),
        Task::new("open bookings", count),
        Task::new("retired customers", tasks::settle_retirements(writer.clone(), neighbours.clone())),
    ];
    let app = api::App {
        neighbours,
        clock: parts.clock,
        entropy: parts.entropy,
        live,
        single_flight: SingleFlight::default(),
        deadline,
        writer,
    };
    Ok(Assembled { api: api::router(app), tasks, additional_writers: Vec::new() })
}
