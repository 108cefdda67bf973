//! Payments: charges and refunds through a payment provider.
//!
//! - Owns: payments and the entries of their history, which are append-only; the books of the simulated provider
//! - Consumes: `InventoryReserved`, `OrderFailed`, `OrderCancelled`
//! - Publishes: `PaymentPending`, `PaymentProcessed`, `PaymentRefunded`
//! - Serves: `/orders/{id}/payments`, `/orders/{id}/refund`, `/payments`; to other services, which tokens the provider
//!   accepts
//! - Calls: users for the user of a token
//!
//! # Guarantees
//! Payments never guesses an outcome: it calls the provider until the outcome is known. A call has the order's id as its
//! idempotency key and follows the commit of its intent, so a call that a crash interrupted is made again.
//!
//! # To extend
//! - Another provider: a module in `providers/`, and its kind in [`providers::PROVIDERS`].
//! - Another status or input: [`domain::PaymentStatus::apply`] and [`domain::ApplyRefundInput`] decide every transition.

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

use self::{commands::CallPolicy, providers::ProviderParts};

pub use crate::metrics::METRICS;
pub use config::PaymentsSettings;
pub use error::{CODES, Refusal};
pub use reactions::reactions;

/// The migrations of this service's tables.
pub const MIGRATIONS: &[Migration] =
    &[Migration { number: 1, name: "payments", sql: include_str!("../migrations/0001_payments.sql") }];

/// The service, as the program composes it.
pub const fn service() -> Service {
    Service {
        name: "payments",
        about: "Payments of orders through a payment provider, and their outcomes.",
        migrations: MIGRATIONS,
        codes: CODES,
        metrics: METRICS,
        settings: Some(SectionSpec::of::<PaymentsSettings>()),
        reactions: |_| Ok(reactions()),
        assemble,
    }
}

fn assemble(parts: Parts) -> anyhow::Result<Assembled> {
    let settings: PaymentsSettings = parts.settings.section()?;
    let Parts { writer, clock, entropy, clients, credential, folder, .. } = parts;
    let provider_parts =
        ProviderParts { folder, clock, entropy, simulated_delay: settings.simulated_delay, probe: None };
    let provider = providers::open(&settings.provider, settings.fault, provider_parts)?;
    let additional_writers = provider.writers();
    let calls = tasks::call_provider(writer.clone(), provider.clone(), &settings);
    let api = api::router(api::App { writer, users: UsersClient::new(clients.client("users", credential)), provider });
    Ok(Assembled { api, tasks: vec![Task::new("call the payment provider", calls)], additional_writers })
}

/// The policy of calls to the provider that these settings ask for.
fn call_policy(settings: &PaymentsSettings) -> CallPolicy {
    CallPolicy::new(settings.first_retry_delay, settings.max_retry_delay, settings.deadline)
}
