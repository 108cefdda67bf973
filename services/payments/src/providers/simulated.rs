//! A payment provider in this process, for evaluation and tests. It moves no money. Otherwise it behaves as a remote
//! provider: it keeps durable books of its own in the database [`store::NAME`], is idempotent by key, and can be late or silent.
//!
//! The token decides what the provider does:
//!
#![doc = include_str!("simulated/tokens.md")]
//!
//! The provider declines any other token.

mod commands;
pub mod store;
mod tokens;

use std::{sync::Arc, time::Duration};

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Money};
use boxoffice_database::Snapshot;
use boxoffice_envelope::Origin;
use boxoffice_writer::{Backoff, Command, Limits, Reactions, Writer, WriterParts};
use futures_util::future::BoxFuture;

pub use tokens::TestToken;

use self::{
    commands::{Cancel, Capture, Refund, Reply},
    store::MovementRow,
};
use super::{Charge, Movement, OutcomeUnknown, Provider, ProviderDatabase, ProviderKind, ProviderParts};
use crate::domain::{PaymentOutcome, RefundOutcome};

/// The kind of the URL `simulated:`.
pub struct SimulatedKind;

impl ProviderKind for SimulatedKind {
    fn scheme(&self) -> &'static str {
        "simulated:"
    }

    fn accepts_url(&self, url: &str) -> bool {
        url == self.scheme()
    }

    fn open(&self, _: &str, parts: ProviderParts) -> anyhow::Result<Arc<dyn Provider>> {
        Ok(Arc::new(Simulated::open(parts)?))
    }

    fn database(&self) -> Option<ProviderDatabase> {
        Some(ProviderDatabase { name: store::NAME, migrations: store::MIGRATIONS })
    }

    fn ledger(&self, snapshot: &Snapshot) -> anyhow::Result<Vec<Movement>> {
        let rows: Vec<MovementRow> = snapshot.select("", Vec::new())?;
        let movement = |row: MovementRow| Movement {
            key: row.idempotency_key,
            kind: row.kind,
            amount_minor: row.amount_minor,
            currency: row.currency,
        };
        Ok(rows.into_iter().map(movement).collect())
    }
}

/// The simulated provider, with durable books in the data folder.
pub struct Simulated {
    writer: Writer,
    delay: Duration,
}

impl Simulated {
    /// Opens the books in the data folder, or creates them, and starts their writer.
    ///
    /// # Errors
    /// When the books cannot be opened.
    pub fn open(parts: ProviderParts) -> anyhow::Result<Self> {
        let ProviderParts { folder, clock, entropy, simulated_delay, probe } = parts;
        let writer = Writer::start(WriterParts {
            service: store::NAME,
            database: store::open(&folder)?,
            reactions: Reactions::default(),
            clock,
            entropy,
            limits: Limits::default(),
            backoff: Backoff::default(),
            probe,
        })?;
        Ok(Self { writer, delay: simulated_delay })
    }

    async fn wait_until(&self, at: Timestamp) {
        let clock = self.writer.clock();
        if clock.now() < at {
            clock.sleep_until(at).await;
        }
    }

    async fn run<C: Command>(&self, command: C) -> Result<C::Answer, OutcomeUnknown> {
        self.writer.run(Origin::default(), command).await.map_err(|failure| OutcomeUnknown(failure.to_string()))
    }
}

impl Provider for Simulated {
    fn accepts_token(&self, token: &str) -> bool {
        TestToken::of(token).is_some()
    }

    fn writers(&self) -> Vec<Writer> {
        vec![self.writer.clone()]
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<PaymentOutcome, OutcomeUnknown>> {
        Box::pin(async move {
            let token = TestToken::of(charge.token.reveal());
            let capture = Capture { key: charge.key, amount: charge.amount, token, delay: self.delay };
            match self.run(capture).await? {
                Reply::At(at, outcome) => {
                    self.wait_until(at).await;
                    Ok(outcome)
                }
                Reply::Never => std::future::pending().await,
            }
        })
    }

    fn cancel(&self, key: BookingId, amount: Money) -> BoxFuture<'_, Result<PaymentOutcome, OutcomeUnknown>> {
        Box::pin(self.run(Cancel { key, amount }))
    }

    fn refund(&self, key: BookingId, amount: Money) -> BoxFuture<'_, Result<RefundOutcome, OutcomeUnknown>> {
        Box::pin(self.run(Refund { key, amount }))
    }
}
