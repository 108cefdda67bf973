use std::{collections::VecDeque, time::Duration};

use boxoffice_clock::Timestamp;

use crate::config::Rate;

/// Times of one client's accepted requests within the window, oldest first.
#[derive(Default)]
pub(super) struct SlidingWindow(VecDeque<Timestamp>);

/// Result of counting one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    /// True when the request exceeds the limit.
    pub refused: bool,
    /// Number of further requests that the limit allows now.
    pub remaining: u32,
    /// Time until the limit allows one more request.
    pub until: Duration,
}

impl SlidingWindow {
    /// Counts a request at `now` unless it exceeds the limit. No window of the configured length ever has more accepted
    /// requests than the limit. Refused requests do not count.
    pub fn take(&mut self, rate: Rate, now: Timestamp) -> Count {
        while self.0.front().is_some_and(|oldest| now.since(*oldest) >= rate.window) {
            self.0.pop_front();
        }
        let limit = rate.limit as usize;
        let refused = self.0.len() >= limit;
        if !refused {
            self.0.push_back(now);
        }
        let oldest = self.0.front().copied().unwrap_or(now);
        let remaining = u32::try_from(limit - self.0.len()).expect("the number is at most the limit, which is a u32");
        Count { refused, remaining, until: oldest.plus(rate.window).since(now) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE: Rate = Rate { limit: 3, window: Duration::from_secs(10) };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_micros(millis * 1000)
    }

    #[test]
    fn the_window_slides_and_refusals_do_not_count() {
        let mut window = SlidingWindow::default();
        let mut take = |millis| {
            let count = window.take(RATE, at(millis));
            (count.refused, count.remaining, count.until.as_millis())
        };
        assert_eq!(take(0), (false, 2, 10_000));
        assert_eq!(take(9_000), (false, 1, 1_000));
        assert_eq!(take(9_500), (false, 0, 500));
        assert_eq!(take(9_999), (true, 0, 1));
        assert_eq!(take(10_000), (false, 0, 9_000));
        assert_eq!(take(18_999), (true, 0, 1));
        assert_eq!(take(19_000), (false, 0, 500));
    }

    proptest! {
        /// A request is refused if and only if the window before it has the maximum number of accepted requests.
        #[test]
        fn no_window_has_more_than_the_limit(steps in prop::collection::vec(0_i64..6_000, 1..200)) {
            let (mut window, mut now, mut taken) = (SlidingWindow::default(), 0, Vec::new());
            for step in steps {
                now += step;
                let inside = taken.iter().filter(|&&before| now - before < 10_000).count();
                let refused = window.take(RATE, at(now)).refused;
                prop_assert_eq!(refused, inside >= 3);
                if !refused {
                    taken.push(now);
                }
            }
        }
    }
}
