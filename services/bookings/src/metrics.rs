//! The metrics of bookings.

use boxoffice_metrics::{Label, Metric};

use crate::domain::BookingStatus;

/// The statuses in which a booking is complete.
const OUTCOMES: &[&str] = &[
    BookingStatus::Confirmed.word(),
    BookingStatus::Failed.word(),
    BookingStatus::Expired.word(),
    BookingStatus::Cancelled.word(),
];

/// Counted where bookings are created, refused and completed.
pub const METRICS: &[Metric] = &[
    Metric::counter("boxoffice_bookings_created_total", "Bookings created.", &[]),
    Metric::counter(
        "boxoffice_bookings_ended_total",
        "Bookings that left PENDING, or were cancelled after it, by their new status.",
        &[Label::closed("outcome", OUTCOMES)],
    ),
    Metric::gauge("boxoffice_bookings_open", "Bookings with the status PENDING.", &[]),
    Metric::counter("boxoffice_bookings_sold_out_total", "Bookings refused because the event is sold out.", &[]),
    Metric::counter(
        "boxoffice_bookings_rejected_busy_total",
        "Bookings refused with `busy` because too many bookings are PENDING.",
        &[],
    ),
];
