//! Inventory: the catalogue, and the holds in which buyers compete for seats.
//!
//! - Owns: organizers and their members, venues, events, ticket types, quotas and holds
//! - Consumes: `OrderCreated`, `PaymentProcessed`, `OrderFailed`, `OrderCancelled`
//! - Publishes: `InventoryReserved`, `InventorySold`, `InventoryReleased`
//! - Serves: `/organizers`, `/venues`, `/events`, `/ticket-types`, `/quotas`, `/holds`

mod api;
pub mod commands;
mod config;
pub mod domain;
mod error;
mod metrics;
mod reactions;
pub mod store;
mod tasks;

use boxoffice_database::Migration;
use boxoffice_runtime::{Assembled, Parts, Service, Task};
use boxoffice_settings::SectionSpec;

pub use crate::metrics::METRICS;
pub use error::{CODES, Refusal};
pub use reactions::reactions;

/// The description of the service, from which the program assembles it.
pub const fn service() -> Service {
    Service {
        name: "inventory",
        about: "Organizers, venues, events, ticket types, quotas and holds.",
        migrations: &[Migration {
            number: 1,
            name: "inventory",
            sql: include_str!("../migrations/0001_inventory.sql"),
        }],
        codes: CODES,
        metrics: METRICS,
        settings: Some(SectionSpec::of::<config::InventorySettings>()),
        reactions: |_| Ok(reactions()),
        assemble,
    }
}

fn assemble(parts: Parts) -> anyhow::Result<Assembled> {
    let settings = parts.settings.section()?;
    let app = api::App { writer: parts.writer.clone(), clock: parts.clock, entropy: parts.entropy, settings };
    Ok(Assembled {
        api: api::router(app),
        tasks: vec![Task::new("expire holds", tasks::expire_holds(parts.writer))],
        additional_writers: Vec::new(),
    })
}
