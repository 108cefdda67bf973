use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

use crate::Timestamp;

/// What time it is. Cheap to clone; all clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Machine { started: Timestamp, boot: Duration },
    Hand(ManualClock),
}

impl Clock {
    /// The machine's clock: the wall clock as it was at this call, plus the time that has passed since. It never goes
    /// back and does not follow later corrections of the wall clock; time spent suspended counts.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn system() -> Self {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("the wall clock is later than 1970");
        let started = Timestamp::from_micros(0).plus(since_epoch);
        Self(Source::Machine { started, boot: since_boot() })
    }

    /// A clock that stands still until [`ManualClock::advance`] moves it.
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let hand = ManualClock { micros: Arc::new(AtomicI64::new(start.micros())), moved: watch::channel(()).0 };
        (Self(Source::Hand(hand.clone())), hand)
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Machine { started, boot } => started.plus(since_boot().saturating_sub(*boot)),
            Source::Hand(hand) => hand.now(),
        }
    }

    /// Returns once `span` has passed on this clock.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now().plus(span)).await;
    }

    /// Returns once this clock shows `until` or later.
    #[expect(clippy::disallowed_methods, reason = "the one place that waits for the machine's time")]
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

/// The hand that moves a clock of [`Clock::manual`].
#[derive(Clone, Debug)]
pub struct ManualClock {
    micros: Arc<AtomicI64>,
    moved: watch::Sender<()>,
}

impl ManualClock {
    /// The time it shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::SeqCst))
    }

    /// Moves it forward and wakes everyone whose time has come.
    pub fn advance(&self, span: Duration) {
        self.micros.store(self.now().plus(span).micros(), Ordering::SeqCst);
        self.moved.send_replace(());
    }
}

/// Measures how long something takes, for metrics and logs only: no decision may hang on it.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts measuring.
    #[expect(clippy::disallowed_methods, reason = "a measured duration decides nothing")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// What has passed since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_clock_moved_by_hand_wakes_its_sleepers() {
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
