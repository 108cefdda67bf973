//! Notifications: what customers are written about, once for each end of an order.
//!
//! - owns: notifications, and the mailbox of the embedded default
//! - hears: `OrderConfirmed`, `OrderFailed`, `OrderCancelled`
//! - says: `NotificationSent`
//! - serves: `/notifications`, `/bookings/{id}/notifications`, `/mailbox`
//! - asks: users for the address of a letter that goes out, and for the user of a token; bookings whose a booking is
//!
//! To write about something else, add its kind to the contract, a member to [`domain::Outcome`] and its words to
//! the folder `templates`; to write another way, add a member to [`mail::Mail`] with a scheme of its own.

mod api;
pub mod commands;
mod config;
pub mod domain;
mod error;
pub mod mail;
mod metrics;
mod neighbours;
mod reactions;
pub mod store;
mod tasks;
mod templates;

use std::sync::Arc;

use boxoffice_database::Migration;
use boxoffice_runtime::{Assembled, Parts, Service, Task};
use boxoffice_settings::SectionSpec;
use boxoffice_writer::Backoff;
use tokio::sync::Notify;

pub use crate::metrics::METRICS;
pub use error::{CODES, Refusal};
pub use reactions::reactions;

/// The tables of this service.
pub const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "notifications", sql: include_str!("../migrations/0001_notifications.sql") },
    Migration { number: 2, name: "letter_kind", sql: include_str!("../migrations/0002_letter_kind.sql") },
    Migration {
        number: 3,
        name: "events and retention",
        sql: include_str!("../migrations/0003_events_and_retention.sql"),
    },
];

/// The whole service.
pub const fn service() -> Service {
    Service {
        name: "notifications",
        about: "What customers are written about, once for each end of an order.",
        migrations: MIGRATIONS,
        codes: CODES,
        metrics: METRICS,
        settings: Some(SectionSpec::of::<config::NotificationsSettings>()),
        reactions,
        assemble,
    }
}

fn assemble(parts: Parts) -> anyhow::Result<Assembled> {
    let settings: config::NotificationsSettings = parts.settings.section()?;
    let config::NotificationsSettings { mail, max_attempts, first_wait: first, longest_wait: longest, mailbox_life } =
        settings;
    let users = neighbours::Users::new(&parts.clients, parts.credential.clone());
    let bookings = neighbours::Bookings::new(&parts.clients, parts.credential);
    let queued = Arc::new(Notify::new());
    let wake = queued.clone();
    parts.writer.on_signal(move |_| wake.notify_one());
    let sender = tasks::Sender {
        writer: parts.writer.clone(),
        users: users.clone(),
        mail: mail::Mail::open(&mail)?,
        backoff: Backoff { first, longest, max_attempts },
        queued,
    };
    let old_letters = tasks::forget_letters(parts.writer.clone(), mailbox_life);
    Ok(Assembled {
        api: api::router(api::App { writer: parts.writer, users, bookings }),
        tasks: vec![Task::new("send notifications", sender.run()), Task::new("old letters", old_letters)],
        additional_writers: Vec::new(),
    })
}
