use std::{sync::Arc, time::Duration};

use boxoffice_clock::Timestamp;
use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, Writer};
use uuid::Uuid;

use crate::{
    commands::{CallPolicy, RecordOutcome, RecordRefund},
    domain::ProviderCall,
    providers::{Charge, OutcomeUnknown, Provider},
    store::{self, Payment},
};

/// The actor of the commands that record outcomes.
const ACTOR: &str = "payments";

/// Calls the provider and records the outcomes.
pub(super) struct Caller {
    pub(super) writer: Writer,
    pub(super) provider: Arc<dyn Provider>,
    pub(super) policy: CallPolicy,
    /// The timeout of one call.
    pub(super) timeout: Duration,
}

/// A call that has ended.
pub(super) struct FinishedCall {
    pub(super) id: BookingId,
    /// When the next call is due; `None` when no call is due.
    pub(super) next: Option<Timestamp>,
    /// Whether the provider answered.
    pub(super) answered: bool,
}

impl Caller {
    /// The payments with these ids. Empty when the database cannot be read: the next scan finds them.
    pub(super) async fn load(&self, ids: &[Uuid]) -> Vec<Payment> {
        or_empty(store::payments_by_ids(self.writer.database(), ids).await)
    }

    /// The payments whose call is due, at most `rows`.
    pub(super) async fn scan(&self, rows: usize) -> Vec<Payment> {
        or_empty(store::due(self.writer.database(), self.writer.clock().now(), rows).await)
    }

    /// Calls the provider for `payment` and records the outcome.
    pub(super) async fn call(&self, payment: Payment, call: ProviderCall) -> FinishedCall {
        let (order, amount, policy) = (payment.id, payment.amount(), self.policy);
        let outcome = match (call, &payment.payment_token) {
            (ProviderCall::Refund, _) => {
                let outcome = self.with_timeout(&payment, self.provider.refund(order, amount)).await;
                let answered = outcome.is_some();
                let next = self.record(&payment, RecordRefund { order, outcome, policy }).await;
                return FinishedCall { id: order, next, answered };
            }
            (ProviderCall::Charge, Some(token)) => {
                let charge = Charge { key: order, amount, token: token.clone() };
                self.with_timeout(&payment, self.provider.charge(&charge)).await
            }
            // Without a token the provider cannot take anything.
            (ProviderCall::Charge, None) | (ProviderCall::Cancel, _) => {
                self.with_timeout(&payment, self.provider.cancel(order, amount)).await
            }
        };
        let answered = outcome.is_some();
        let next = self.record(&payment, RecordOutcome { order, outcome, policy }).await;
        FinishedCall { id: order, next, answered }
    }

    /// The answer of `call`; `None` when the call fails or exceeds the timeout.
    async fn with_timeout<T>(
        &self,
        payment: &Payment,
        call: impl Future<Output = Result<T, OutcomeUnknown>>,
    ) -> Option<T> {
        let answer = tokio::select! {
            biased;
            answer = call => answer,
            () = self.writer.clock().sleep(self.timeout) => Err(OutcomeUnknown("timeout".into())),
        };
        answer
            .inspect_err(|error| {
                let Payment { id, attempts, correlation_id, .. } = payment;
                tracing::debug!(order = %id, attempts, correlation_id, %error, "the outcome of a provider call is unknown");
            })
            .ok()
    }

    /// Runs a command that records an outcome. After a failure the call is still due, and the repeated call reports the same
    /// outcome.
    async fn record<C>(&self, payment: &Payment, command: C) -> Option<Timestamp>
    where
        C: Command<Answer = Option<Timestamp>>,
    {
        self.writer.run(payment.origin(ACTOR), command).await.unwrap_or_else(|error| {
            if !self.writer.is_closed() {
                let Payment { id, correlation_id, .. } = payment;
                tracing::warn!(
                    order = %id, correlation_id, %error,
                    "the outcome of a provider call was not recorded; payments repeats the call"
                );
            }
            None
        })
    }
}

fn or_empty(rows: Result<Vec<Payment>, boxoffice_database::Error>) -> Vec<Payment> {
    rows.unwrap_or_else(|error| {
        tracing::warn!(%error, "due payments could not be read; the next scan reads them");
        Vec::new()
    })
}
