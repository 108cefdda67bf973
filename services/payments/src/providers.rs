//! Payment providers, chosen by URL. Each does the same four things, and each is idempotent by its key, the order's id:
//!
//! - *charge* takes an amount once, and answers the same whenever it is repeated; so a call whose answer was lost is
//!   simply made again;
//! - *cancel* makes sure that nothing is taken any more, or says that it was: after [`Charged::Cancelled`] a charge
//!   under that key can never succeed;
//! - *refund* gives back all that was charged, once;
//! - it knows which tokens can be good at all.
//!
//! No call ends by itself when a provider is silent: whoever calls sets a limit, and an answer that does not come leaves
//! the outcome unknown. To add a provider, write it in a module of its own and give it a scheme in [`Provider::open`].

pub mod simulated;

use std::{path::PathBuf, time::Duration};

use anyhow::bail;
use boxoffice_clock::{Clock, Entropy};
use boxoffice_contracts::{BookingId, Money, PaymentToken};
use boxoffice_writer::{CrashProbe, Writer};

use self::simulated::Simulated;
use crate::{
    config::{Fault, SCHEMES},
    domain::{Charged, Refunded},
};

/// An amount to be taken.
#[derive(Clone, Debug)]
pub struct Charge {
    /// Makes repeated calls one charge.
    pub key: BookingId,
    /// How much.
    pub amount: Money,
    /// From whom.
    pub token: PaymentToken,
}

/// The provider answered with an error: nothing is known of what was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the payment provider failed: {0}")]
pub struct Unanswered(pub String);

/// What a provider runs on.
pub struct Site {
    /// Where one that runs in this process keeps its books.
    pub folder: PathBuf,
    /// The time.
    pub clock: Clock,
    /// Ids and randomness.
    pub entropy: Entropy,
    /// How long a slow answer takes.
    pub slow: Duration,
    /// Asked around every commit of one that runs in this process; none outside tests.
    pub probe: Option<CrashProbe>,
}

/// One payment provider. Cheap to clone.
#[derive(Clone)]
pub struct Provider {
    kind: Kind,
    fault: Fault,
    clock: Clock,
    slow: Duration,
}

#[derive(Clone)]
enum Kind {
    Simulated(Simulated),
}

impl Provider {
    /// The provider that `url` names.
    ///
    /// # Errors
    /// An unknown scheme, with the list of known ones; books that cannot be opened.
    pub fn open(url: &str, fault: Fault, site: Site) -> anyhow::Result<Self> {
        let (clock, slow) = (site.clock.clone(), site.slow);
        let kind = match url.split_once(':') {
            Some(("simulated", "")) => Kind::Simulated(Simulated::open(site)?),
            _ => bail!("payments.provider: {url:?} names no provider that this program knows; it knows {SCHEMES}"),
        };
        if fault != Fault::Off {
            tracing::warn!(?fault, "EVERY CALL TO THE PAYMENT PROVIDER FAILS: payments.fault is set");
        }
        Ok(Self { kind, fault, clock, slow })
    }

    /// Whether a payment can be tried with this token.
    pub fn knows(&self, token: &str) -> bool {
        match &self.kind {
            Kind::Simulated(_) => simulated::TestToken::of(token).is_some(),
        }
    }

    /// The writers of databases that the provider keeps in this process.
    pub fn writers(&self) -> Vec<Writer> {
        match &self.kind {
            Kind::Simulated(simulated) => vec![simulated.writer().clone()],
        }
    }

    /// Takes the amount, once, whatever is repeated; may never return.
    ///
    /// # Errors
    /// [`Unanswered`]: the amount may have been taken or not.
    pub async fn charge(&self, charge: &Charge) -> Result<Charged, Unanswered> {
        self.fail().await?;
        match &self.kind {
            Kind::Simulated(simulated) => simulated.charge(charge).await,
        }
    }

    /// Calls the charge of `amount` under `key` off, unless it was declined or captured before; may never return.
    ///
    /// # Errors
    /// [`Unanswered`]: it may have been called off or not.
    pub async fn cancel(&self, key: BookingId, amount: Money) -> Result<Charged, Unanswered> {
        self.fail().await?;
        match &self.kind {
            Kind::Simulated(simulated) => simulated.cancel(key, amount).await,
        }
    }

    /// Gives back what was captured under `key`, once, whatever is repeated; may never return.
    ///
    /// # Errors
    /// [`Unanswered`]: it may have been given back or not.
    pub async fn refund(&self, key: BookingId) -> Result<Refunded, Unanswered> {
        self.fail().await?;
        match &self.kind {
            Kind::Simulated(simulated) => simulated.refund(key).await,
        }
    }

    /// Does what the setting `payments.fault` asks for.
    async fn fail(&self) -> Result<(), Unanswered> {
        match self.fault {
            Fault::Off => Ok(()),
            Fault::Silent => std::future::pending().await,
            Fault::Error => Err(Unanswered("payments.fault is set".into())),
            Fault::Slow => {
                self.clock.sleep(self.slow).await;
                Ok(())
            }
        }
    }
}
