//! The tables of this service, and its reads. The only SQL.

mod reads;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, Currency, EventId, Lines, Money, OrganizerId, Reason, TicketId, TicketTypeId, UserId, events::Refund,
};
use boxoffice_database::{Json, table};
use uuid::Uuid;

use crate::domain::{Course, Payment, Status, TicketStatus, Timeline};

pub use reads::{
    BookingsOf, Named, Ticketed, booking, bookings, count_open, count_open_blocking, customer, customer_and_request,
    due, own_booking,
};

table! {
    /// What is known of a user: whose a token is.
    pub struct Customer in "customers" versioned {
        key { user_id: UserId }
        /// The `sub` of the user's tokens; none for one who cannot sign in.
        subject: Option<String>,
        /// Nothing may be booked for a user who is gone.
        deleted: bool,
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
    pub struct RememberedRequest in "idempotency" appended {
        key { id: Uuid }
        /// Of the body.
        fingerprint: Uuid,
        /// The id of the booking that it made.
        resource: String,
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
