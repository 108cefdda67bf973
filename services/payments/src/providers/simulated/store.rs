//! The provider's own books, in a database of its own.

use std::path::Path;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency};
use boxoffice_database::{Database, Error, Migration, table};
use serde::{Deserialize, Serialize};

use super::tokens::TestToken;

/// The name of its database in the data folder.
pub const DATABASE: &str = "provider";

/// Its tables.
pub const MIGRATIONS: &[Migration] =
    &[Migration { number: 1, name: "provider", sql: include_str!("../../../migrations/simulated/0001_provider.sql") }];

/// Opens the books in `folder`, or begins them.
///
/// # Errors
/// As [`Database::open`].
pub fn open(folder: &Path) -> Result<Database, Error> {
    Database::open_in(folder, DATABASE, &[boxoffice_writer::MIGRATIONS, ("provider", MIGRATIONS)])
}

/// What became of a charge at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChargeState {
    /// The amount was taken.
    Captured,
    /// It was refused.
    Declined,
    /// Nothing was taken so far, and nobody is told so.
    Silent,
    /// It was called off.
    Cancelled,
}

table! {
    /// A charge under its key, or the tombstone of one that was called off before it came.
    pub struct ChargeRow in "charges" versioned {
        key { idempotency_key: BookingId }
        /// How much, in minor units.
        amount_minor: i64,
        /// Of the amount.
        currency: Currency,
        /// How it behaves; none where it never came, or came with an unknown token.
        token: Option<TestToken>,
        /// What became of it.
        state: ChargeState,
        /// The charge's id, once the amount was taken.
        reference: Option<String>,
        /// The refund's id, once the amount was given back.
        refund_reference: Option<String>,
        /// Whoever asks is not answered before.
        answers_at: Timestamp,
    }
}

/// Which way money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Movement {
    /// From the customer.
    Charge,
    /// Back to the customer.
    Refund,
}

table! {
    /// A movement of money.
    pub struct LogRow in "provider_log" appended {
        key { number: i64 }
        /// Under which key.
        idempotency_key: BookingId,
        /// Which way.
        kind: Movement,
        /// How much, in minor units.
        amount_minor: i64,
        /// Of the amount.
        currency: Currency,
        /// When.
        at: Timestamp,
    }
}
