use std::time::Duration;

/// Exponential backoff with jitter: the delay between two attempts, and how many attempts are made.
///
/// Every retry loop of the workspace uses this type: deliveries of messages, notifications, calls of the payment
/// provider. A caller that ends its retries by a deadline instead of a count uses [`Backoff::unlimited`].
///
/// ```
/// use std::time::Duration;
/// use boxoffice_outbox::Backoff;
///
/// let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60), max_attempts: 3 };
/// assert_eq!(backoff.next_delay(2, 0.0), Some(Duration::from_secs(1)));
/// assert_eq!(backoff.next_delay(3, 0.0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The delay after the first failed attempt, before jitter. It doubles with each further failure.
    pub first: Duration,
    /// Upper bound of the delay.
    pub longest: Duration,
    /// Number of attempts, the first one included, after which the caller gives up.
    pub max_attempts: i64,
}

impl Default for Backoff {
    /// 10 attempts within about four minutes.
    fn default() -> Self {
        Self { first: Duration::from_millis(200), longest: Duration::from_secs(60), max_attempts: 10 }
    }
}

impl Backoff {
    /// A backoff that never gives up by itself.
    pub const fn unlimited(first: Duration, longest: Duration) -> Self {
        Self { first, longest, max_attempts: i64::MAX }
    }

    /// The delay before the next attempt, after `attempts` failed ones; `None` when `max_attempts` is reached.
    ///
    /// `jitter` is a random number in `0.0..1.0`, see [`Backoff::delay`].
    pub fn next_delay(&self, attempts: i64, jitter: f64) -> Option<Duration> {
        (attempts < self.max_attempts).then(|| self.delay(attempts, jitter))
    }

    /// The delay after `attempts` attempts, without regard to `max_attempts`.
    ///
    /// `jitter`, a random number in `0.0..1.0`, spreads delays over the upper half of their range, so that operations that
    /// failed at the same time do not retry at the same time.
    pub fn delay(&self, attempts: i64, jitter: f64) -> Duration {
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(30);
        let full = self.first.saturating_mul(1 << doublings).min(self.longest);
        full.mul_f64(0.5 + jitter / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_end_at_max_attempts() {
        let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(5), max_attempts: 5 };
        let delays: Vec<_> = (1..=5).map(|n| backoff.next_delay(n, 0.999).map(|d| d.as_secs_f64().round())).collect();
        assert_eq!(delays, [Some(1.0), Some(2.0), Some(4.0), Some(5.0), None]);
        assert_eq!(backoff.next_delay(3, 0.0), Some(Duration::from_secs(2)));
    }

    #[test]
    fn an_unlimited_backoff_always_has_a_next_delay() {
        let backoff = Backoff::unlimited(Duration::from_secs(1), Duration::from_secs(5));
        assert_eq!(backoff.next_delay(1_000_000, 0.0), Some(Duration::from_millis(2500)));
    }
}
