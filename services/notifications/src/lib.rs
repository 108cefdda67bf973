//! Notifications: e-mails to customers about the end of their orders.
//!
//! - Owns: notifications, and the mailbox of the default e-mail delivery
//! - Consumes: `OrderConfirmed`, `OrderFailed`, `OrderCancelled`
//! - Publishes: `NotificationSent`
//! - Serves: `/notifications`, `/bookings/{id}/notifications`, `/mailbox`
//! - Calls: users for the addresses of recipients and for the user of a token, bookings for the owner of a booking
//!
//! # To extend
//! - Another kind of notification: its kind in the contracts, a variant of [`domain::OrderOutcome`], and a template in the
//!   folder `templates`.
//! - Another channel: a module in `channels/` and its entry in the list of `channels.rs`.
//! - Another e-mail delivery: a variant of [`channels::email::Delivery`] with its URL.

mod api;
pub mod channels;
mod clients;
pub mod commands;
mod config;
pub mod domain;
mod error;
mod metrics;
mod reactions;
pub mod store;
mod tasks;
mod templates;

use std::sync::Arc;

use boxoffice_database::Migration;
use boxoffice_runtime::{Assembled, Parts, Service, Task};
use boxoffice_settings::SectionSpec;
use boxoffice_users_client::UsersClient;
use boxoffice_writer::Backoff;
use tokio::sync::Notify;

use self::{
    channels::{ChannelUrls, Channels},
    clients::{BookingsClient, RecipientsClient},
    config::NotificationsSettings,
};
pub use crate::metrics::METRICS;

pub use error::{CODES, Refusal};

/// The migrations of this service's tables.
pub const MIGRATIONS: &[Migration] =
    &[Migration { number: 1, name: "notifications", sql: include_str!("../migrations/0001_notifications.sql") }];

/// The service, as the program composes it.
pub const fn service() -> Service {
    Service {
        name: "notifications",
        about: "Notifications of customers about the end of their orders.",
        migrations: MIGRATIONS,
        codes: CODES,
        metrics: METRICS,
        settings: Some(SectionSpec::of::<NotificationsSettings>()),
        reactions: |settings| Ok(reactions::reactions(&settings.section::<NotificationsSettings>()?.channels)),
        assemble,
    }
}

fn assemble(parts: Parts) -> anyhow::Result<Assembled> {
    let settings: NotificationsSettings = parts.settings.section()?;
    let Parts { writer, clients, credential, .. } = parts;
    let queued = Arc::new(Notify::new());
    let wake = queued.clone();
    writer.on_signal(move |_| wake.notify_one());
    let sender = tasks::Sender {
        writer: writer.clone(),
        recipients: RecipientsClient::new(&clients, credential.clone()),
        channels: Channels::open(&settings.channels, ChannelUrls { email: &settings.email })?,
        backoff: Backoff {
            first: settings.first_retry_delay,
            longest: settings.max_retry_delay,
            max_attempts: settings.max_attempts,
        },
        queued,
    };
    let retention = tasks::run_mailbox_retention(writer.clone(), settings.mailbox_retention);
    let app = api::App {
        writer,
        users: UsersClient::new(clients.client("users", credential.clone())),
        bookings: BookingsClient::new(&clients, credential),
    };
    Ok(Assembled {
        api: api::router(app),
        tasks: vec![Task::new("send notifications", sender.run()), Task::new("mailbox retention", retention)],
        additional_writers: Vec::new(),
    })
}
