use std::time::Duration;

use boxoffice_clock::Timestamp;
use boxoffice_writer::Backoff;

use crate::{domain::ProviderCall, store::Payment};

/// When payments calls a provider that does not answer again, and when it cancels the charge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CallPolicy {
    retry_delays: Backoff,
    deadline: Duration,
}

impl CallPolicy {
    /// The first retry delay doubles with each call that has no answer, up to `max_retry_delay`. A payment without an
    /// outcome `deadline` after its intent is cancelled.
    pub const fn new(first_retry_delay: Duration, max_retry_delay: Duration, deadline: Duration) -> Self {
        // The outcome of a call must become known, so payments never stops calling.
        let retry_delays = Backoff { first: first_retry_delay, longest: max_retry_delay, max_attempts: i64::MAX };
        Self { retry_delays, deadline }
    }

    /// The call that is due for `payment` at `now`; `None` while no call is due.
    pub fn due_call(&self, payment: &Payment, now: Timestamp) -> Option<ProviderCall> {
        payment.next_call_at.filter(|at| *at <= now)?;
        let is_cancelled = payment.order_ended.is_some() || now >= self.deadline(payment);
        Some(ProviderCall::of(payment.status, is_cancelled))
    }

    /// When to call again after the last of `payment.attempts` calls had no answer. A delay does not skip the deadline of
    /// an open payment. `fraction` in `0.0..1.0` spreads the delays.
    pub(super) fn next_call_at(&self, payment: &Payment, now: Timestamp, fraction: f64) -> Timestamp {
        let delay = self.retry_delays.delay(payment.attempts, fraction);
        let (next, deadline) = (now.plus(delay), self.deadline(payment));
        if payment.status.is_open() && now < deadline { next.min(deadline) } else { next }
    }

    fn deadline(&self, payment: &Payment) -> Timestamp {
        payment.created_at.plus(self.deadline)
    }
}
