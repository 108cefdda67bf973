use std::time::Duration;

/// How long a message waits between two tries, and how often it is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// The wait after the first failure; doubled with each further one.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// After so many failures the message is parked.
    pub max_attempts: i64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(200), longest: Duration::from_secs(60), max_attempts: 10 }
    }
}

impl Backoff {
    /// The wait after `attempts` failures; none when the message is to be parked. `fraction` in `0.0..1.0` spreads
    /// the waits over their upper half, so that what failed together does not come back together.
    pub fn wait(&self, attempts: i64, fraction: f64) -> Option<Duration> {
        if attempts >= self.max_attempts {
            return None;
        }
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(30);
        let full = self.first.saturating_mul(1 << doublings).min(self.longest);
        Some(full.mul_f64(0.5 + fraction / 2.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_end() {
        let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(5), max_attempts: 5 };
        let waits: Vec<_> = (1..=5).map(|n| backoff.wait(n, 0.999).map(|w| w.as_secs_f64().round())).collect();
        assert_eq!(waits, [Some(1.0), Some(2.0), Some(4.0), Some(5.0), None]);
        assert_eq!(backoff.wait(3, 0.0), Some(Duration::from_secs(2)));
    }
}
