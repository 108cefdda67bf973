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
        "Bookings that were completed, by the status they were completed with.",
        &[Label::closed("outcome", OUTCOMES)],
    ),
    Metric::gauge("boxoffice_bookings_open", "Bookings that are neither confirmed nor failed yet.", &[]),
    Metric::counter("boxoffice_bookings_sold_out_total", "Bookings refused because the event is sold out.", &[]),
    Metric::counter(
        "boxoffice_bookings_rejected_busy_total",
        "Bookings refused with `busy` because too many bookings are open.",
        &[],
    ),
];
