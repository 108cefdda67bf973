//! Operator: the API and the console with which operators supervise a running system.
//!
//! - Owns: nothing; it has no data, and works on the data of the other services through their writers
//! - Serves: `/dead-letters`, `/replays`, `/audits`, `/pauses`, `/keys`, `/bookings/{id}/messages`, and the console
//!   pages under `/operators`
//!
//! It differs from the other services in one respect: it is assembled last, from an [`Operator`] that carries the
//! writers of all services. It names no other service. What only the whole program can do, it asks of its [`Host`].
//!
//! To add a resource, add a file with a `router` to `api/` and merge that router in `api.rs`. To add a console page, add
//! its files to `pages/` and its line to the table in `pages.rs`.

mod api;
mod pages;

use std::sync::Arc;

use boxoffice_contracts::BookingId;
use boxoffice_database::Error;
use boxoffice_identity::Issuer;
use boxoffice_writer::Writer;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

pub use api::{
    AuditRequest, DeadLetter, DiscardRequest, DiscardedDeadLetter, MAX_OVERLAP, MAX_REASON_LENGTH, Pause,
    ReplayRequest, ReplayResponse, RotateKeysRequest, SigningKey, dead_letters, discarded_dead_letters,
};
pub use pages::{PAGES, Page};

/// The service's name in paths, logs and metrics.
pub const NAME: &str = "operator";

/// The description of this service in the API documentation.
pub const ABOUT: &str =
    "Dead letters, replays, audits, consistent backups, signing keys, and the trail of a booking, for operators.";

/// What the operator service needs of the program that hosts the other services.
pub trait Host: Send + Sync {
    /// Checks every invariant on one consistent snapshot of all databases and returns the findings as JSON. With `only`,
    /// checks these bookings alone. Blocks the calling thread.
    ///
    /// # Errors
    /// A database cannot be read.
    fn audit(&self, only: Option<&[Uuid]>) -> anyhow::Result<Box<RawValue>>;

    /// Whether the bookings service has the booking `id`.
    ///
    /// # Errors
    /// The database of the bookings service cannot be read.
    fn has_booking(&self, id: BookingId) -> BoxFuture<'_, Result<bool, Error>>;
}

/// The parts from which the operator service is assembled.
pub struct Operator {
    /// The writers of all services, including additional writers such as the payment provider's. Pauses and audits
    /// lock them in this order.
    pub writers: Arc<[Writer]>,
    /// The issuer whose signing keys operators list, rotate and retire.
    pub issuer: Issuer,
    /// The program that hosts the services.
    pub host: Arc<dyn Host>,
}

impl Operator {
    /// The HTTP API with its documentation, without middleware.
    pub fn router(self) -> OpenApiRouter {
        api::router(self)
    }
}
