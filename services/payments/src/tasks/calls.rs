use std::time::Duration;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Money};
use boxoffice_envelope::Origin;
use boxoffice_writer::{Command, Writer};
use uuid::Uuid;

use crate::{
    commands::{RecordOutcome, RecordRefund},
    domain::{Call, Pace},
    providers::{Charge, Provider, Unanswered},
    store::{self, Payment},
};

/// What every call needs.
pub(super) struct Desk {
    pub(super) writer: Writer,
    pub(super) provider: Provider,
    pub(super) pace: Pace,
    /// How long one call may take.
    pub(super) limit: Duration,
}

/// A call that is over.
pub(super) struct Done {
    pub(super) id: BookingId,
    /// When the next one is due.
    pub(super) next: Option<Timestamp>,
    /// Whether the provider answered.
    pub(super) answered: bool,
}

impl Desk {
    /// The payments of these ids; none when they cannot be read, since the table is looked through again soon.
    pub(super) async fn load(&self, ids: &[Uuid]) -> Vec<Payment> {
        read(store::payments_among(self.writer.database(), ids).await)
    }

    /// What is due, at most `rows`.
    pub(super) async fn look(&self, rows: usize) -> Vec<Payment> {
        read(store::due(self.writer.database(), self.writer.clock().now(), rows).await)
    }

    /// Calls the provider and records what it said.
    pub(super) async fn call(&self, payment: Payment, call: Call) -> Done {
        let (order, amount, pace) = (payment.id, Money::new(payment.amount_minor, payment.currency), self.pace);
        let outcome = match (call, &payment.payment_token) {
            (Call::Refund, _) => {
                let answer = self.within(&payment, self.provider.refund(order)).await;
                let answered = answer.is_some();
                let next = self.record(&payment, RecordRefund { order, answer, pace }).await;
                return Done { id: order, next, answered };
            }
            (Call::Charge, Some(token)) => {
                let charge = Charge { key: order, amount, token: token.clone() };
                self.within(&payment, self.provider.charge(&charge)).await
            }
            // Nothing can be taken without a token.
            (Call::Charge, None) | (Call::Cancel, _) => {
                self.within(&payment, self.provider.cancel(order, amount)).await
            }
        };
        let answered = outcome.is_some();
        let next = self.record(&payment, RecordOutcome { order, answer: outcome, pace }).await;
        Done { id: order, next, answered }
    }

    /// The answer, if there is one in time.
    async fn within<T>(&self, payment: &Payment, call: impl Future<Output = Result<T, Unanswered>>) -> Option<T> {
        let answer = tokio::select! {
            biased;
            answer = call => answer,
            () = self.writer.clock().sleep(self.limit) => Err(Unanswered("no answer in time".into())),
        };
        answer
            .inspect_err(|error| {
                let Payment { id, attempts, correlation_id, .. } = payment;
                tracing::debug!(order = %id, attempts, correlation_id, %error, "the outcome of a call is not known");
            })
            .ok()
    }

    /// What cannot be recorded is due as before: the provider is asked again, and says the same.
    async fn record<C>(&self, payment: &Payment, command: C) -> Option<Timestamp>
    where
        C: Command<Answer = Option<Timestamp>>,
    {
        self.writer.run(origin(payment), command).await.unwrap_or_else(|error| {
            if !self.writer.is_closed() {
                let Payment { id, correlation_id, .. } = payment;
                tracing::warn!(order = %id, correlation_id, %error, "what the provider said could not be recorded");
            }
            None
        })
    }
}

fn read(rows: Result<Vec<Payment>, boxoffice_database::Error>) -> Vec<Payment> {
    rows.unwrap_or_else(|error| {
        tracing::warn!(%error, "payments cannot be read");
        Vec::new()
    })
}

/// Whose errand the next step of a payment is.
fn origin(payment: &Payment) -> Origin {
    let Payment { causation_id, correlation_id, traceparent, .. } = payment;
    Origin {
        causation_id: *causation_id,
        correlation_id: correlation_id.clone(),
        traceparent: traceparent.clone(),
        actor: "payments".into(),
    }
}
