use std::{sync::Arc, time::Duration};

use boxoffice_clock::Clock;
use boxoffice_contracts::{BookingId, Money};
use boxoffice_writer::Writer;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Charge, OutcomeUnknown, Provider};
use crate::domain::{PaymentOutcome, RefundOutcome};

/// The fault that is injected into every call to the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// Calls are not disturbed.
    #[default]
    Off,
    /// The call does not reach the provider and has no answer.
    Silent,
    /// The call does not reach the provider and is answered with an error.
    Error,
    /// The call reaches the provider late.
    Slow,
}

/// A provider with a fault in every call.
pub(super) struct FaultyProvider {
    pub(super) provider: Arc<dyn Provider>,
    pub(super) fault: Fault,
    pub(super) clock: Clock,
    /// The delay of [`Fault::Slow`].
    pub(super) delay: Duration,
}

impl FaultyProvider {
    async fn inject(&self) -> Result<(), OutcomeUnknown> {
        match self.fault {
            Fault::Off => Ok(()),
            Fault::Silent => std::future::pending().await,
            Fault::Error => Err(OutcomeUnknown("payments.fault is set".into())),
            Fault::Slow => {
                self.clock.sleep(self.delay).await;
                Ok(())
            }
        }
    }
}

impl Provider for FaultyProvider {
    fn accepts_token(&self, token: &str) -> bool {
        self.provider.accepts_token(token)
    }

    fn writers(&self) -> Vec<Writer> {
        self.provider.writers()
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<PaymentOutcome, OutcomeUnknown>> {
        Box::pin(async move {
            self.inject().await?;
            self.provider.charge(charge).await
        })
    }

    fn cancel(&self, key: BookingId, amount: Money) -> BoxFuture<'_, Result<PaymentOutcome, OutcomeUnknown>> {
        Box::pin(async move {
            self.inject().await?;
            self.provider.cancel(key, amount).await
        })
    }

    fn refund(&self, key: BookingId, amount: Money) -> BoxFuture<'_, Result<RefundOutcome, OutcomeUnknown>> {
        Box::pin(async move {
            self.inject().await?;
            self.provider.refund(key, amount).await
        })
    }
}
