//! The HTTP door: request -> command, or a read.

mod cancel;
mod card_free;
mod customers;
mod internal;
mod list;
mod live;
mod place;
mod read;
mod shown;
mod taking;
mod wanted;

use std::{sync::Arc, time::Duration};

use boxoffice_clock::{Clock, Entropy};
use boxoffice_contracts::BookingId;
use boxoffice_database::Database;
use boxoffice_http::{Problem, SingleFlight, codes, extract::Caller};
use boxoffice_identity::Scope;
use boxoffice_writer::Writer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::neighbours::Neighbours;

pub use live::Live;

/// What every handler has.
pub struct App {
    pub writer: Writer,
    pub clock: Clock,
    pub entropy: Entropy,
    pub neighbours: Arc<Neighbours>,
    pub live: Live,
    pub single_flight: SingleFlight,
    /// How long a booking may take while nothing is heard of its payment.
    pub deadline: Duration,
}

impl App {
    fn database(&self) -> &Database {
        self.writer.database()
    }
}

/// All routes of this service.
pub fn router(app: App) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(place::place, list::own))
        .routes(routes!(read::read))
        .routes(routes!(cancel::cancel))
        .routes(routes!(list::of_event))
        .merge(internal::router())
        .with_state(Arc::new(app))
}

/// Passes customers and operators.
fn customer(caller: &Caller) -> Result<(), Problem> {
    if caller.has(Scope::Operator) { Ok(()) } else { caller.require(Scope::Customer) }
}

fn no_booking(id: BookingId) -> Problem {
    Problem::new(&codes::NOT_FOUND, format!("there is no booking {id}"))
}
