//! A payment provider in this process, for trying things out and for tests. It moves no money; in all else it behaves as
//! a real one does: it keeps its own durable books apart from the caller's, in [`store::DATABASE`], is idempotent by key,
//! and can be late or silent.
//!
//! What it does is decided by the token:
//!
#![doc = include_str!("simulated/tokens.md")]
//!
//! A token that it does not know is declined.

mod commands;
pub mod store;
mod tokens;

use std::time::Duration;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Money};
use boxoffice_envelope::Origin;
use boxoffice_writer::{Backoff, Command, Limits, Reactions, Writer, WriterParts};

pub use tokens::TestToken;

use self::commands::{CallOff, GiveBack, Reply, Take};
use super::{Charge, Site, Unanswered};
use crate::domain::{Charged, Refunded};

/// The simulated provider. Cheap to clone.
#[derive(Clone)]
pub struct Simulated {
    writer: Writer,
    slow: Duration,
}

impl Simulated {
    /// Opens its books and starts their writer.
    ///
    /// # Errors
    /// When they cannot be opened.
    pub fn open(site: Site) -> anyhow::Result<Self> {
        let Site { folder, clock, entropy, slow, probe } = site;
        let writer = Writer::start(WriterParts {
            service: "provider",
            database: store::open(&folder)?,
            reactions: Reactions::default(),
            clock,
            entropy,
            limits: Limits::default(),
            backoff: Backoff::default(),
            probe,
        })?;
        Ok(Self { writer, slow })
    }

    /// The writer of its books.
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    pub(super) async fn charge(&self, charge: &Charge) -> Result<Charged, Unanswered> {
        let token = TestToken::of(charge.token.reveal());
        let take = Take { key: charge.key, amount: charge.amount, token, slow: self.slow };
        match self.run(take).await? {
            Reply::At(at, outcome) => {
                self.until(at).await;
                Ok(outcome)
            }
            Reply::Never => std::future::pending().await,
        }
    }

    pub(super) async fn cancel(&self, key: BookingId, amount: Money) -> Result<Charged, Unanswered> {
        self.run(CallOff { key, amount }).await
    }

    pub(super) async fn refund(&self, key: BookingId) -> Result<Refunded, Unanswered> {
        self.run(GiveBack { key }).await
    }

    async fn until(&self, at: Timestamp) {
        let clock = self.writer.clock();
        if clock.now() < at {
            clock.sleep_until(at).await;
        }
    }

    async fn run<C: Command>(&self, command: C) -> Result<C::Answer, Unanswered> {
        self.writer.run(Origin::default(), command).await.map_err(|failure| Unanswered(failure.to_string()))
    }
}
