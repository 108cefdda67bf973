//! Users: people with their profile and e-mail address.
//!
//! - owns: users
//! - hears: nothing
//! - says: `UserSaved`
//! - serves: `/users`, `/users/me`; to its neighbors whose a token is, where mail goes, and that a user is not deleted
//! - asks: bookings to book nothing more for whoever is about to be deleted
//!
//! Names and addresses stay here: events, logs and refusals carry ids.

mod api;
pub mod commands;
pub mod domain;
mod error;
mod neighbours;
pub mod store;

use boxoffice_database::Migration;
use boxoffice_runtime::{Assembled, Parts, Service};
use boxoffice_writer::Reactions;

pub use error::{CODES, Refusal};

/// The tables of this service.
pub const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "users", sql: include_str!("../migrations/0001_users.sql") },
    Migration { number: 2, name: "users in order", sql: include_str!("../migrations/0002_users_in_order.sql") },
];

/// The whole service.
pub const fn service() -> Service {
    Service {
        name: "users",
        about: "People with their profile and e-mail address.",
        migrations: MIGRATIONS,
        codes: CODES,
        metrics: &[],
        settings: None,
        reactions: Reactions::default,
        assemble,
    }
}

fn assemble(parts: Parts) -> anyhow::Result<Assembled> {
    let bookings = neighbours::Bookings::new(&parts.clients, parts.credential);
    let app = api::App { writer: parts.writer, bookings };
    Ok(Assembled { api: api::router(app), tasks: Vec::new(), additional_writers: Vec::new() })
}
