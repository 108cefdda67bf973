//! The HTTP API: each handler runs a command or reads the store.

mod cancel;
mod card_data;
mod create;
mod creation;
mod customers;
mod internal;
mod list;
mod open_bookings;
mod read;
mod requests;
mod responses;

use std::{sync::Arc, time::Duration};

use boxoffice_clock::{Clock, Entropy};
use boxoffice_contracts::BookingId;
use boxoffice_database::Database;
use boxoffice_http::{Problem, SingleFlight, codes, extract::Caller};
use boxoffice_identity::Scope;
use boxoffice_writer::Writer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    clients::Clients,
    store::{self, BookingWithTickets},
};

pub use open_bookings::OpenBookings;

/// The state of all handlers.
pub struct App {
    pub writer: Writer,
    pub clock: Clock,
    pub entropy: Entropy,
    pub clients: Arc<Clients>,
    pub open_bookings: OpenBookings,
    pub single_flight: SingleFlight,
    /// How long a booking may stay PENDING while payments publishes nothing about it.
    pub deadline: Duration,
}

impl App {
    fn database(&self) -> &Database {
        self.writer.database()
    }

    /// The booking with this id, or `not-found`.
    async fn reload(&self, id: BookingId) -> Result<BookingWithTickets, Problem> {
        store::booking(self.database(), id).await?.ok_or_else(|| not_found(id))
    }
}

/// All routes of this service.
pub fn router(app: App) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(create::create, list::list))
        .routes(routes!(read::read))
        .routes(routes!(cancel::cancel))
        .routes(routes!(list::of_event))
        .merge(internal::router())
        .with_state(Arc::new(app))
}

/// Refuses callers who are neither customers nor operators.
fn require_customer(caller: &Caller) -> Result<(), Problem> {
    if caller.has(Scope::Operator) { Ok(()) } else { caller.require(Scope::Customer) }
}

fn not_found(id: BookingId) -> Problem {
    Problem::new(&codes::NOT_FOUND, format!("booking {id} not found"))
}
