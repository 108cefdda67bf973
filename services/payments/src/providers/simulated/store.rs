//! The books of the simulated provider, in a database of their own.

use std::path::Path;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency};
use boxoffice_database::{Database, Error, Migration, table};
use serde::{Deserialize, Serialize};

use super::{super::MovementKind, tokens::TestToken};

/// The name of the database.
pub const NAME: &str = "provider";

/// The migrations of the provider's tables.
pub const MIGRATIONS: &[Migration] =
    &[Migration { number: 1, name: "provider", sql: include_str!("../../../migrations/simulated/0001_provider.sql") }];

/// Opens the books in `folder`, or creates them.
///
/// # Errors
/// As [`Database::open`].
pub fn open(folder: &Path) -> Result<Database, Error> {
    Database::open_in(folder, NAME, &[boxoffice_writer::MIGRATIONS, (NAME, MIGRATIONS)])
}

/// The status of a charge at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChargeStatus {
    /// The provider took the amount.
    Captured,
    /// The provider refused to take the amount.
    Declined,
    /// The provider has taken nothing and does not answer.
    Silent,
    /// The caller cancelled the charge.
    Cancelled,
}

table! {
    /// A charge under its key, or the tombstone of a charge that was cancelled before it arrived.
    pub struct ChargeRow in "charges" versioned {
        key { idempotency_key: BookingId }
        /// The amount in minor units of the currency.
        amount_minor: i64,
        /// The currency of the amount.
        currency: Currency,
        /// The test token, which decides the behavior; `None` for a tombstone and for an unknown token.
        token: Option<TestToken>,
        /// The status of the charge.
        status: ChargeStatus,
        /// The id of the charge; `None` until the amount is taken.
        provider_reference: Option<String>,
        /// The id of the refund; `None` until an amount is refunded.
        refund_reference: Option<String>,
        /// The refunded amount, in minor units of the currency; `None` until an amount is refunded.
        refunded_minor: Option<i64>,
        /// The provider does not answer before this time.
        answers_at: Timestamp,
    }
}

table! {
    /// A movement of money.
    pub struct MovementRow in "movements" appended {
        key { number: i64 }
        /// The key of the charge.
        idempotency_key: BookingId,
        /// The direction of the movement.
        kind: MovementKind,
        /// The amount in minor units of the currency.
        amount_minor: i64,
        /// The currency of the amount.
        currency: Currency,
        /// When the money moved.
        moved_at: Timestamp,
    }
}
