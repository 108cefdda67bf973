//! The number of open bookings, and the requests that wait for a booking to end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use boxoffice_http::{Problem, StatusWatch, codes};
use boxoffice_writer::Signal;

use crate::commands::OPENED;

/// The `Retry-After` of a booking that is refused with `busy`.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The open (PENDING) bookings. Cheap to clone; clones share the count.
///
/// The count follows the writer's signals, which a crash may lose. A task corrects it from the table, so that it is
/// exact enough to refuse overload early.
#[derive(Clone, Debug)]
pub struct OpenBookings {
    count: Arc<AtomicI64>,
    max: i64,
    /// Wakes requests that wait for a booking to end.
    pub status_watch: StatusWatch,
}

impl OpenBookings {
    /// Starts with `count` open bookings, and admits at most `max`.
    pub fn new(count: i64, max: u32) -> Self {
        Self { count: Arc::new(AtomicI64::new(count)), max: i64::from(max), status_watch: StatusWatch::default() }
    }

    /// Counts a booking that the writer has opened or ended, and wakes the requests that wait for its end. Never blocks.
    pub fn on_signal(&self, signal: Signal) {
        if signal.name == OPENED {
            ::metrics::counter!("boxoffice_bookings_created_total").increment(1);
            self.count.fetch_add(1, Ordering::Relaxed);
        } else {
            ::metrics::counter!("boxoffice_bookings_ended_total", "outcome" => signal.name).increment(1);
            self.count.fetch_sub(1, Ordering::Relaxed);
            self.status_watch.wake(signal.id);
        }
    }

    /// The estimated number of open bookings.
    pub fn count(&self) -> i64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Adds `difference`, which may be negative, to the estimate.
    pub fn correct(&self, difference: i64) {
        let count = self.count.fetch_add(difference, Ordering::Relaxed) + difference;
        ::metrics::gauge!("boxoffice_bookings_open").set(f64::from(i32::try_from(count).unwrap_or(i32::MAX)));
    }

    /// Admits one more booking while the maximum is not reached. Concurrent requests may exceed it slightly.
    ///
    /// # Errors
    /// [`codes::BUSY`] with a retry delay.
    pub fn admit(&self) -> Result<(), Problem> {
        if self.count() < self.max {
            return Ok(());
        }
        ::metrics::counter!("boxoffice_bookings_rejected_busy_total").increment(1);
        Err(Problem::new(&codes::BUSY, "too many bookings are in progress").with_retry_after(RETRY_AFTER))
    }
}
