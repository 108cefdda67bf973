//! Host: the audits and lookups of bookings that the operator service needs from the program.

use std::sync::Arc;

use boxoffice_bookings::store::Booking;
use boxoffice_contracts::BookingId;
use boxoffice_database::{Database, Error};
use boxoffice_operator::Host;
use boxoffice_runtime::System;
use boxoffice_writer::Writer;
use futures_util::future::BoxFuture;
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use crate::audit;

/// The [`Host`] of a system that runs in this process.
pub struct SystemHost {
    writers: Arc<[Writer]>,
    bookings: Database,
}

impl SystemHost {
    /// Uses the databases of `system`, which `writers` write.
    pub fn new(system: &System, writers: Arc<[Writer]>) -> Self {
        Self { writers, bookings: system.service("bookings").writer.database().clone() }
    }
}

impl Host for SystemHost {
    fn audit(&self, only: Option<&[Uuid]>) -> anyhow::Result<Box<RawValue>> {
        Ok(to_raw_value(&audit(self.writers.iter(), only)?)?)
    }

    fn has_booking(&self, id: BookingId) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async move { Ok(self.bookings.get::<Booking>(id).await?.is_some()) })
    }
}
