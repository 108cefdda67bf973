use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

use crate::Timestamp;

/// A source of the present time. Cheap to clone; all clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Machine { started: Timestamp, boot: Duration },
    Hand(ManualClock),
}

impl Clock {
    /// The system's clock: the wall clock at this call, plus the time elapsed since.
    ///
    /// It never goes back and ignores later corrections of the wall clock. Time in system suspend counts as elapsed.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn system() -> Self {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("the wall clock is later than 1970");
        let started = Timestamp::from_micros(0).plus(since_epoch);
        Self(Source::Machine { started, boot: since_boot() })
    }

    /// A clock for tests, which stands still until [`ManualClock::advance`] is called.
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let hand = ManualClock { micros: Arc::new(AtomicI64::new(start.micros())), moved: watch::channel(()).0 };
        (Self(Source::Hand(hand.clone())), hand)
    }

    /// The present time of this clock.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Machine { started, boot } => started.plus(since_boot().saturating_sub(*boot)),
            Source::Hand(hand) => hand.now(),
        }
    }

    /// Returns once `span` has elapsed on this clock.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now().plus(span)).await;
    }

    /// Returns once this clock shows `until` or later.
    #[expect(clippy::disallowed_methods, reason = "the one place that waits for the system's clock")]
    pub async fn sleep_until(&self, until: Timestamp) {
        match &self.0 {
            Source::Machine { .. } => tokio::time::sleep(until.since(self.now())).await,
            Source::Hand(hand) => {
                let mut moved = hand.moved.subscribe();
                while hand.now() < until && moved.changed().await.is_ok() {}
            }
        }
    }
}

fn since_boot() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Advances a clock of [`Clock::manual`].
#[derive(Clone, Debug)]
pub struct ManualClock {
    micros: Arc<AtomicI64>,
    moved: watch::Sender<()>,
}

impl ManualClock {
    /// The time that the clock shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::SeqCst))
    }

    /// Advances the clock by `span`, and wakes the sleepers that are due.
    pub fn advance(&self, span: Duration) {
        self.micros.store(self.now().plus(span).micros(), Ordering::SeqCst);
        self.moved.send_replace(());
    }
}

/// Measures a duration for metrics and logs. Decisions use a [`Clock`], which tests control.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts the measurement at this call.
    #[expect(clippy::disallowed_methods, reason = "a measured duration decides nothing")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// The time elapsed since [`Stopwatch::start`].
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_advanced_clock_wakes_sleepers_that_are_due() {
        let (clock, hand) = Clock::manual(Timestamp::from_micros(1_000_000));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(Timestamp::from_micros(3_000_000)).await }
        });
        hand.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        hand.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
        assert_eq!(clock.now().seconds(), 3);
    }
}
