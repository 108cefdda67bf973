//! The tables of this service, and its reads. The only SQL.

mod reads;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, Currency, EventId, Lines, Money, OrganizerId, Reason, TicketId, TicketTypeId, UserId, events::Refund,
};
use boxoffice_database::{Json, Sortable, table};
use uuid::Uuid;

use crate::domain::{Course, Payment, Status, TicketStatus, Timeline};

pub use reads::{
    BookingsOf, Named, Ticketed, booking, bookings, count_open, count_open_blocking, customer, customer_and_request,
    due, has_open, own_booking, retired,
};

table! {
    /// What is known of a user: whose a token is.
    pub struct Customer in "customers" versioned {
        key { user_id: UserId }
        /// The `sub` of the user's tokens; none for one who cannot sign in.
        subject: Option<String>,
        /// Nothing may be booked for a user who is gone.
        deleted: bool,
        /// The version as which users is about to delete the user; nothing is booked meanwhile. It is over when the user
        /// is heard of as gone, or as a later version.
        retired_version: Option<i64>,
        /// Since when.
        retired_at: Option<Timestamp>,
    }
}

table! {
    /// What a customer asked for. Its id is also that of its hold, order and payment.
    pub struct Booking in "bookings" versioned {
        key { id: BookingId }
        /// Whose.
        user_id: UserId,
        /// Who sells.
        organizer_id: OrganizerId,
        /// What was booked, at the prices of the moment when its seats were held.
        lines: Json<Lines>,
        /// The price of all lines, in minor units.
        total_minor: i64,
        /// Of all lines.
        currency: Currency,
        /// Where it stands.
        status: Status,
        /// Why it ended without tickets.
        reason: Option<Reason>,
        /// How far giving the money back has come.
        refund: Refund,
        /// What was heard of its payment.
        payment: Payment,
        /// What the customer sees of it.
        timeline: Json<Timeline>,
        /// When it was placed.
        created_at: Timestamp,
        /// When it ends by itself; none once it has ended.
        deadline_at: Option<Timestamp>,
    }
}

table! {
    /// A booking that has tickets of an event.
    pub struct BookingEvent in "booking_events" appended {
        key { event_id: EventId, booking_id: BookingId }
    }
}

table! {
    /// One place of a booking that was confirmed.
    pub struct Ticket in "tickets" versioned {
        key { booking_id: BookingId, number: i64 }
        /// What clients know it by.
        id: TicketId,
        /// What is shown at the door; unique.
        code: String,
        /// What for.
        event_id: EventId,
        /// Which kind.
        ticket_type_id: TicketTypeId,
        /// Whether it opens the door.
        status: TicketStatus,
    }
}

table! {
    /// A request with an `Idempotency-Key`, as the writer remembers it; this service reads it to answer a repetition
    /// before anything else is done.
    pub struct RememberedRequest in "idempotency_records" appended {
        key { id: Uuid }
        /// Of the body.
        fingerprint: Uuid,
        /// The id of the booking that it made.
        resource: String,
    }
}

impl Sortable for Booking {
    // Ids are made when a booking, or the hold that it is made of, begins, and those of later milliseconds are larger.
    const SORTS: &'static [(&'static str, &'static str)] = &[("createdAt", "id")];
    const DEFAULT_SORT: &'static str = "-createdAt";
}

impl Customer {
    /// Somebody of whom nothing else is known yet.
    pub(crate) fn of(user_id: UserId, subject: Option<String>) -> Self {
        Self { user_id, subject, deleted: false, retired_version: None, retired_at: None, version: 1 }
    }

    /// Whether something may be booked for them.
    pub fn may_book(&self) -> bool {
        !self.deleted && self.retired_version.is_none()
    }

    /// Users has them as this version: what was to be done about an earlier one is over.
    pub(crate) fn end_retirement_before(&mut self, version: i64) {
        if self.retired_version.is_some_and(|retired| retired < version) {
            (self.retired_version, self.retired_at) = (None, None);
        }
    }
}

impl Booking {
    /// What all lines cost together.
    pub fn total(&self) -> Money {
        Money::new(self.total_minor, self.currency)
    }

    /// How far it has come.
    pub fn course(&self) -> Course {
        Course { status: self.status, reason: self.reason, payment: self.payment, refund: self.refund }
    }

    pub(crate) fn set_course(&mut self, course: Course) {
        (self.status, self.reason, self.payment, self.refund) =
            (course.status, course.reason, course.payment, course.refund);
        if course.status.is_final() {
            self.deadline_at = None;
        }
    }
}
