//! The tables of this service and their queries. All SQL of the service is in this module.

mod reads;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, Currency, EventId, Lines, Money, OrganizerId, Reason, TicketId, TicketTypeId, UserId, events::Refund,
};
use boxoffice_database::{Json, Sortable, table};
use uuid::Uuid;

use crate::domain::{BookingState, BookingStatus, PaymentStatus, TicketStatus, Timeline, TimelineEntry, Transition};

pub use reads::{
    BookingFilter, BookingWithTickets, CustomerKey, booking, bookings, count_pending, count_pending_blocking, customer,
    customer_and_idempotency_record, has_active_booking, overdue, own_booking, retired,
};

table! {
    /// The copy of a user that this service keeps, to find the user of a token.
    pub struct Customer in "customers" versioned {
        key { user_id: UserId }
        /// The `sub` of the user's tokens; `None` for a user who cannot sign in.
        subject: Option<String>,
        /// Whether users has deleted the user. A deleted user cannot book.
        deleted: bool,
        /// The version of the user that users is about to delete; new bookings are refused meanwhile. Becomes `None` when
        /// users publishes the deletion or a later version.
        retired_version: Option<i64>,
        /// Time at which `retired_version` was set.
        retired_at: Option<Timestamp>,
    }
}

table! {
    /// A booking. Its id is also the id of its hold, its order and its payment.
    pub struct Booking in "bookings" versioned {
        key { id: BookingId }
        /// The user who booked.
        user_id: UserId,
        /// The organizer who sells all of the lines.
        organizer_id: OrganizerId,
        /// The booked lines, at the prices of the hold.
        booking_lines: Json<Lines>,
        /// The price of all lines, in minor units of `currency`.
        total_minor: i64,
        /// Currency of all lines.
        currency: Currency,
        /// The status that clients see; changes only by [`Booking::apply`].
        status: BookingStatus,
        /// The reason of a booking that ended without tickets.
        reason: Option<Reason>,
        /// The status of its refund.
        refund: Refund,
        /// The status of its payment.
        payment: PaymentStatus,
        /// The events of the booking that the customer sees.
        timeline: Json<Timeline>,
        /// Time of its creation.
        created_at: Timestamp,
        /// Time at which the booking expires; `None` once it has left PENDING.
        deadline_at: Option<Timestamp>,
    }
}

table! {
    /// Connects a booking to each event that it has tickets of.
    pub struct BookingEvent in "booking_events" appended {
        key { event_id: EventId, booking_id: BookingId }
    }
}

table! {
    /// A ticket for one seat of a confirmed booking; `number` counts from 1 within the booking.
    pub struct Ticket in "tickets" versioned {
        key { booking_id: BookingId, number: i64 }
        /// The id that clients use.
        id: TicketId,
        /// The code that the venue scans; unique.
        code: String,
        /// The event that the ticket admits to.
        event_id: EventId,
        /// The ticket type that was bought.
        ticket_type_id: TicketTypeId,
        /// Whether the ticket admits its holder.
        status: TicketStatus,
    }
}

table! {
    /// A request with an `Idempotency-Key` that had its effect. The writer writes this table; this service reads it to
    /// answer a repeated request before it calls other services.
    pub struct IdempotencyRecord in "idempotency_records" appended {
        key { id: Uuid }
        /// Hash of the request body.
        fingerprint: Uuid,
        /// The id of the booking that the request created.
        resource_id: String,
    }
}

impl Sortable for Booking {
    // Ids are UUIDv7 of the time of the hold or the booking, so that they sort by creation time.
    const SORTS: &'static [(&'static str, &'static str)] = &[("createdAt", "id")];
    const DEFAULT_SORT: &'static str = "-createdAt";
}

impl Customer {
    /// A user who can book.
    pub(crate) fn new(user_id: UserId, subject: Option<String>) -> Self {
        Self { user_id, subject, deleted: false, retired_version: None, retired_at: None, version: 1 }
    }

    /// Whether the user can book: neither deleted nor about to be.
    pub fn may_book(&self) -> bool {
        !self.deleted && self.retired_version.is_none()
    }

    /// Ends the retirement of a version before `version`, which users has published or kept.
    pub(crate) fn end_retirement_before(&mut self, version: i64) {
        if self.retired_version.is_some_and(|retired| retired < version) {
            self.retired_version = None;
            self.retired_at = None;
        }
    }
}

impl Booking {
    /// The price of all lines together.
    pub fn total(&self) -> Money {
        Money::new(self.total_minor, self.currency)
    }

    /// The part of the row that transitions change.
    pub fn state(&self) -> BookingState {
        BookingState { status: self.status, reason: self.reason, payment: self.payment, refund: self.refund }
    }

    /// Moves the booking to the target of `transition` and appends `entry` to its timeline. The deadline ends with PENDING.
    pub(crate) fn apply(&mut self, transition: &Transition, entry: TimelineEntry) {
        let BookingState { status, reason, payment, refund } = transition.to;
        self.status = status;
        self.reason = reason;
        self.payment = payment;
        self.refund = refund;
        if status.is_final() {
            self.deadline_at = None;
        }
        self.timeline.0.add(entry);
    }
}
