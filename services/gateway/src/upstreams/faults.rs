use boxoffice_clock::{Clock, Entropy, Timestamp};
use boxoffice_http::{Problem, codes};

use super::guard::CallError;
use crate::config::{Fault, FaultKind};

/// Injected faults of one service, from the setting `gateway.fault`.
pub(crate) struct Faults {
    kinds: Vec<(FaultKind, Option<Timestamp>)>,
    clock: Clock,
    entropy: Entropy,
}

impl Faults {
    pub fn of(service: &str, faults: &[Fault], clock: Clock, entropy: Entropy) -> Self {
        let ours = faults.iter().filter(|fault| fault.service == service);
        let until = |fault: &Fault| fault.ends.map(|span| clock.now().plus(span));
        let kinds: Vec<_> = ours.map(|fault| (fault.kind, until(fault))).collect();
        for (kind, _) in &kinds {
            tracing::warn!(
                service,
                ?kind,
                "fault injection is active: gateway.fault makes calls to this service fail or delays them"
            );
        }
        Self { kinds, clock, entropy }
    }

    /// Applies the active faults to a call: delays it, or fails it.
    ///
    /// # Errors
    /// The injected failure.
    pub async fn inject(&self) -> Result<(), CallError> {
        for (kind, until) in &self.kinds {
            if until.is_some_and(|until| until <= self.clock.now()) {
                continue;
            }
            match *kind {
                FaultKind::Refuse => return Err(CallError::NoResponse),
                FaultKind::Slow(span) => self.clock.sleep(span).await,
                FaultKind::Status { status, chance } if self.entropy.fraction() < chance => {
                    return Err(CallError::Injected(problem(status)));
                }
                FaultKind::Status { .. } => {}
            }
        }
        Ok(())
    }
}

/// A problem without `Retry-After`, because the circuit breaker does not count responses with one as failures.
fn problem(status: u16) -> Problem {
    let code = match status {
        500 => &codes::INTERNAL,
        504 => &codes::TIMEOUT,
        _ => &codes::UNAVAILABLE,
    };
    Problem::new(code, "gateway.fault is set")
}
