use boxoffice_clock::{Clock, Entropy, Timestamp};
use boxoffice_http::{Problem, codes};

use super::guard::Missed;
use crate::config::{Fault, Trouble};

/// What the setting `gateway.fault` has in store for one service.
pub(crate) struct Faults {
    troubles: Vec<(Trouble, Option<Timestamp>)>,
    clock: Clock,
    entropy: Entropy,
}

impl Faults {
    pub fn of(service: &str, faults: &[Fault], clock: Clock, entropy: Entropy) -> Self {
        let ours = faults.iter().filter(|fault| fault.service == service);
        let until = |fault: &Fault| fault.ends.map(|span| clock.now().plus(span));
        let troubles: Vec<_> = ours.map(|fault| (fault.trouble, until(fault))).collect();
        for (trouble, _) in &troubles {
            tracing::warn!(service, ?trouble, "CALLS TO THIS SERVICE FAIL: gateway.fault is set");
        }
        Self { troubles, clock, entropy }
    }

    /// Passes a call on, late perhaps.
    ///
    /// # Errors
    /// How it ends instead.
    pub async fn strike(&self) -> Result<(), Missed> {
        for (trouble, until) in &self.troubles {
            if until.is_some_and(|until| until <= self.clock.now()) {
                continue;
            }
            match *trouble {
                Trouble::Refuse => return Err(Missed::Silent),
                Trouble::Slow(span) => self.clock.sleep(span).await,
                Trouble::Status { status, chance } if self.entropy.fraction() < chance => {
                    return Err(Missed::Feigned(problem(status)));
                }
                Trouble::Status { .. } => {}
            }
        }
        Ok(())
    }
}

/// Without a time to come back, which would say that the service is well.
fn problem(status: u16) -> Problem {
    let code = match status {
        500 => &codes::INTERNAL,
        504 => &codes::TIMEOUT,
        _ => &codes::UNAVAILABLE,
    };
    Problem::new(code, "gateway.fault is set")
}
