//! Payment providers, chosen by URL through one registry, [`PROVIDERS`].
//!
//! To add a provider, write a module beside [`simulated`] with an implementation of [`Provider`] and one of
//! [`ProviderKind`], and add the kind to [`PROVIDERS`].

mod fault;
pub mod simulated;

use std::{path::PathBuf, sync::Arc, time::Duration};

use boxoffice_clock::{Clock, Entropy};
use boxoffice_contracts::{BookingId, Currency, Money, PaymentToken};
use boxoffice_database::{Migration, Snapshot};
use boxoffice_writer::{CrashProbe, Writer};
use futures_util::future::BoxFuture;

pub use fault::Fault;

use self::{fault::FaultyProvider, simulated::SimulatedKind};
use crate::domain::{PaymentOutcome, RefundOutcome};

/// The kinds of all known providers.
pub const PROVIDERS: &[&dyn ProviderKind] = &[&SimulatedKind];

/// A payment provider.
///
/// Every call is idempotent by its key, the order's id: a repeated call reports the same outcome, so the caller repeats a
/// call whose outcome is unknown. A call may never return; the caller sets the timeout.
pub trait Provider: Send + Sync {
    /// Whether a charge can be tried with this token.
    fn accepts_token(&self, token: &str) -> bool;

    /// The writers of the databases that the provider keeps in this process.
    fn writers(&self) -> Vec<Writer>;

    /// Charges the amount, at most once for each key.
    ///
    /// # Errors
    /// [`OutcomeUnknown`]: the provider may have charged the amount or not.
    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<PaymentOutcome, OutcomeUnknown>>;

    /// Cancels the charge of `amount` under `key`, unless it was captured or declined before. After
    /// [`PaymentOutcome::Cancelled`] no charge under this key can succeed.
    ///
    /// # Errors
    /// [`OutcomeUnknown`]: the provider may have cancelled the charge or not.
    fn cancel(&self, key: BookingId, amount: Money) -> BoxFuture<'_, Result<PaymentOutcome, OutcomeUnknown>>;

    /// Refunds `amount` of the charge under `key`, at most once.
    ///
    /// # Errors
    /// [`OutcomeUnknown`]: the provider may have refunded the amount or not.
    fn refund(&self, key: BookingId, amount: Money) -> BoxFuture<'_, Result<RefundOutcome, OutcomeUnknown>>;
}

/// A kind of provider, as the registry knows it.
pub trait ProviderKind: Sync {
    /// The scheme of its URLs, with the colon.
    fn scheme(&self) -> &'static str;

    /// Whether `url` is a valid URL of this kind.
    fn accepts_url(&self, url: &str) -> bool;

    /// Opens the provider that `url` names.
    ///
    /// # Errors
    /// When the provider cannot be opened.
    fn open(&self, url: &str, parts: ProviderParts) -> anyhow::Result<Arc<dyn Provider>>;

    /// The database that the provider keeps in the data folder; `None` when it keeps none.
    fn database(&self) -> Option<ProviderDatabase>;

    /// The movements of money in the provider's books, for the audit. `snapshot` is one of [`Self::database`].
    ///
    /// # Errors
    /// When the snapshot cannot be read.
    fn ledger(&self, snapshot: &Snapshot) -> anyhow::Result<Vec<Movement>>;
}

/// The database that a provider keeps in the data folder.
#[derive(Clone, Copy, Debug)]
pub struct ProviderDatabase {
    /// The name of the database; [`Database::file_name`](boxoffice_database::Database::file_name) derives the name of its file.
    pub name: &'static str,
    /// The migrations of its tables.
    pub migrations: &'static [Migration],
}

/// The direction of a movement of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MovementKind {
    /// From the customer to the seller.
    Charge,
    /// From the seller back to the customer.
    Refund,
}

/// A movement of money in a provider's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The key of the charge.
    pub key: BookingId,
    /// The direction of the money.
    pub kind: MovementKind,
    /// The amount in minor units of the currency.
    pub amount_minor: i64,
    /// The currency of the amount.
    pub currency: Currency,
}

/// A charge of an order.
#[derive(Clone, Debug)]
pub struct Charge {
    /// The idempotency key: repeated calls with it are one charge.
    pub key: BookingId,
    /// The amount to charge.
    pub amount: Money,
    /// The customer's token to charge.
    pub token: PaymentToken,
}

/// The provider failed or did not answer: the outcome of the call is unknown.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the payment provider failed: {0}")]
pub struct OutcomeUnknown(pub String);

/// The dependencies of a provider.
pub struct ProviderParts {
    /// The data folder, for a provider that keeps its books in this process.
    pub folder: PathBuf,
    /// The clock of the provider.
    pub clock: Clock,
    /// The source of ids and randomness.
    pub entropy: Entropy,
    /// The delay of a slow answer of the simulated provider.
    pub simulated_delay: Duration,
    /// Called around every commit of a provider in this process; `None` outside tests.
    pub probe: Option<CrashProbe>,
}

/// A URL that names no known provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {}", known_schemes())]
pub struct UnknownProvider;

/// The kind of the provider that `url` names.
///
/// # Errors
/// [`UnknownProvider`], with the known schemes.
pub fn kind_of(url: &str) -> Result<&'static dyn ProviderKind, UnknownProvider> {
    PROVIDERS.iter().find(|kind| kind.accepts_url(url)).copied().ok_or(UnknownProvider)
}

/// Opens the provider that `url` names, with `fault` in every call.
///
/// # Errors
/// When no provider has the URL, or when the provider cannot be opened.
pub fn open(url: &str, fault: Fault, parts: ProviderParts) -> anyhow::Result<Arc<dyn Provider>> {
    let kind = kind_of(url).map_err(|unknown| anyhow::anyhow!("payments.provider=\"{url}\": {unknown}"))?;
    let (clock, delay) = (parts.clock.clone(), parts.simulated_delay);
    let provider = kind.open(url, parts)?;
    if fault == Fault::Off {
        return Ok(provider);
    }
    tracing::warn!(
        ?fault,
        "fault injection: every call to the payment provider fails; unset payments.fault to stop it"
    );
    Ok(Arc::new(FaultyProvider { provider, fault, clock, delay }))
}

fn known_schemes() -> String {
    PROVIDERS.iter().map(|kind| kind.scheme()).collect::<Vec<_>>().join(", ")
}
