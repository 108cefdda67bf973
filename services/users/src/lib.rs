//! Users: customers with their profile and e-mail address.
//!
//! - Owns: users
//! - Consumes: nothing
//! - Publishes: `UserSaved`
//! - Serves: `/users`, `/users/me`; to other services the user of a token, e-mail addresses, and the end of a deletion
//! - Calls: bookings to accept no more bookings of a user who is being deleted
//!
//! Names and addresses never leave this service in events, logs or refusals, which carry ids.
//!
//! To add a field to a user: the migration, `store.rs`, `domain::Profile` and `api/bodies.rs`.

mod api;
mod clients;
pub mod commands;
pub mod domain;
mod error;
pub mod store;

use boxoffice_database::Migration;
use boxoffice_runtime::{Assembled, Parts, Service};
use boxoffice_writer::Reactions;

pub use error::{CODES, Refusal};

/// The migrations of this service.
pub const MIGRATIONS: &[Migration] =
    &[Migration { number: 1, name: "users", sql: include_str!("../migrations/0001_users.sql") }];

/// The description of the service, from which the program assembles it.
pub const fn service() -> Service {
    Service {
        name: "users",
        about: "Users with their profile and e-mail address.",
        migrations: MIGRATIONS,
        codes: CODES,
        metrics: &[],
        settings: None,
        reactions: |_| Ok(Reactions::default()),
        assemble,
    }
}

fn assemble(parts: Parts) -> anyhow::Result<Assembled> {
    let bookings = clients::BookingsClient::new(&parts.clients, parts.credential);
    let app = api::App { writer: parts.writer, bookings };
    Ok(Assembled { api: api::router(app), tasks: Vec::new(), additional_writers: Vec::new() })
}
