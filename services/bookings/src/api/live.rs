//! What is under way: how much of it there is, and who waits for the end of which booking.

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

/// When it is worth while to ask again, once there were too many bookings under way.
const BREATH: Duration = Duration::from_secs(1);

/// Bookings under way, in this process. Cheap to clone; clones are the same.
///
/// The table is the truth. What is counted here follows the writer's hints, which a crash may lose, and is set right
/// from the table every now and then: good enough to refuse a flood early.
#[derive(Clone, Debug)]
pub struct Live {
    open: Arc<AtomicI64>,
    most: i64,
    /// Wakes who waits for a booking to end.
    pub status_watch: StatusWatch,
}

impl Live {
    /// With so many bookings open, of so many that may be.
    pub fn new(open: i64, most: u32) -> Self {
        Self { open: Arc::new(AtomicI64::new(open)), most: i64::from(most), status_watch: StatusWatch::default() }
    }

    /// What the writer has done to a booking. Does not block.
    pub fn hear(&self, nudge: Signal) {
        if nudge.name == OPENED {
            metrics::counter!("boxoffice_bookings_created_total").increment(1);
            self.open.fetch_add(1, Ordering::Relaxed);
        } else {
            metrics::counter!("boxoffice_bookings_ended_total", "outcome" => nudge.name).increment(1);
            self.open.fetch_sub(1, Ordering::Relaxed);
            self.status_watch.wake(nudge.id);
        }
    }

    /// How many are open, by the hints.
    pub fn open(&self) -> i64 {
        self.open.load(Ordering::Relaxed)
    }

    /// There are so many more open than was thought.
    pub fn correct(&self, more: i64) {
        let open = self.open.fetch_add(more, Ordering::Relaxed) + more;
        metrics::gauge!("boxoffice_bookings_open").set(f64::from(i32::try_from(open).unwrap_or(i32::MAX)));
    }

    /// Passes while one more may be opened. Requests that pass at one moment may open a few more than that together.
    ///
    /// # Errors
    /// [`codes::BUSY`], with the time after which to ask again.
    pub fn must_have_room(&self) -> Result<(), Problem> {
        if self.open() < self.most {
            return Ok(());
        }
        metrics::counter!("boxoffice_bookings_rejected_busy_total").increment(1);
        Err(Problem::new(&codes::BUSY, "too many bookings are under way: those come first").with_retry_after(BREATH))
    }
}
