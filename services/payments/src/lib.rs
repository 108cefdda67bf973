//! Payments: talking to payment providers.
//!
//! - owns: payments and the entries of their history, which are only added; the books of the simulated provider
//! - hears: `InventoryReserved`, `OrderFailed`, `OrderCancelled`
//! - says: `PaymentPending`, `PaymentProcessed`, `PaymentRefunded`
//! - serves: `/orders/{id}/payments`, `/orders/{id}/refund`, `/payments`; to its neighbors which tokens can be good
//! - asks: users for the user of a token
//!
//! An outcome that is not known is asked for, never guessed. Every call to a provider may be repeated, because it is
//! made under the order's id, and is made only after what it is for was committed; so a crash at any point ends in a
//! call that is made again.

mod api;
pub mod commands;
mod config;
pub mod domain;
mod error;
mod metrics;
pub mod providers;
mod reactions;
pub mod store;
pub mod tasks;

use boxoffice_database::Migration;
use boxoffice_runtime::{Assembled, Parts, Service, Task};
use boxoffice_settings::SectionSpec;
use boxoffice_users_client::UsersClient;

use self::providers::{Provider, Site};

pub use crate::metrics::METRICS;
pub use config::{Fault, PaymentsSettings};
pub use error::{CODES, Refusal};
pub use reactions::reactions;

/// The tables of this service.
pub const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "payments", sql: include_str!("../migrations/0001_payments.sql") },
    Migration { number: 2, name: "payments by user", sql: include_str!("../migrations/0002_payments_by_user.sql") },
];

/// The whole service.
pub const fn service() -> Service {
    Service {
        name: "payments",
        about: "What was asked of the payment provider for each order, and what came of it.",
        migrations: MIGRATIONS,
        codes: CODES,
        metrics: METRICS,
        settings: Some(SectionSpec::of::<PaymentsSettings>()),
        reactions,
        assemble,
    }
}

fn assemble(parts: Parts) -> anyhow::Result<Assembled> {
    let settings: PaymentsSettings = parts.settings.section()?;
    let Parts { writer, clock, entropy, clients, credential, folder, .. } = parts;
    let site = Site { folder, clock, entropy, slow: settings.simulated_slow, probe: None };
    let provider = Provider::open(&settings.provider, settings.fault, site)?;
    let additional_writers = provider.writers();
    let calls = tasks::call_provider(writer.clone(), provider.clone(), &settings);
    let api = api::router(api::App { writer, users: UsersClient::new(clients.client("users", credential)), provider });
    Ok(Assembled { api, tasks: vec![Task::new("call the payment provider", calls)], additional_writers })
}
