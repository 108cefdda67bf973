use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, Currency, EventId, Item, Lines, MoneyError, OrganizerId, UserId, events::OrderSummary,
};
use boxoffice_database::Json;
use boxoffice_writer::{CommandContext, UnitOfWork};

use crate::{
    domain::{BookingState, Timeline, TimelineEntry, TimelineState},
    store::{Booking, BookingEvent},
};

/// The signal of a new booking.
pub const OPENED: &str = "opened";

/// A booking that is not stored yet.
pub(super) struct NewBooking {
    pub(super) id: BookingId,
    pub(super) user: UserId,
    pub(super) organizer: OrganizerId,
    pub(super) lines: Lines,
    pub(super) total_minor: i64,
    pub(super) currency: Currency,
    pub(super) deadline_at: Timestamp,
    pub(super) by: String,
}

impl NewBooking {
    /// The booking of an order that was placed through orders.
    ///
    /// Its deadline is now, because handlers have no access to the setting `bookings.deadline`; the task that expires
    /// bookings replaces it by the real one.
    ///
    /// # Errors
    /// [`MoneyError`] when an amount does not fit the currency.
    pub(super) fn of_order(order: &OrderSummary, context: &CommandContext) -> Result<Self, MoneyError> {
        Ok(Self {
            id: order.order_id,
            user: order.customer_id,
            organizer: order.organizer_id,
            lines: Item::to_lines(&order.items, order.currency)?,
            total_minor: order.total_amount.in_currency(order.currency)?.minor,
            currency: order.currency,
            deadline_at: context.now,
            by: "orders".into(),
        })
    }

    /// Inserts the booking as PENDING and returns its row. The booking must not exist.
    pub(super) fn insert(self, work: &mut UnitOfWork, context: &CommandContext) -> Booking {
        let mut events: Vec<EventId> = self.lines.iter().map(|line| line.event_id).collect();
        events.sort_unstable();
        events.dedup();
        for event_id in events {
            work.insert(BookingEvent { event_id, booking_id: self.id });
        }
        let mut timeline = Timeline::default();
        timeline.add(TimelineEntry { at: context.now, state: TimelineState::Pending, by: self.by, note: None });
        let BookingState { status, reason, payment, refund } = BookingState::INITIAL;
        let booking = Booking {
            id: self.id,
            user_id: self.user,
            organizer_id: self.organizer,
            booking_lines: Json(self.lines),
            total_minor: self.total_minor,
            currency: self.currency,
            status,
            reason,
            refund,
            payment,
            timeline: Json(timeline),
            created_at: context.now,
            deadline_at: Some(self.deadline_at),
            version: 1,
        };
        work.insert(booking.clone());
        work.signal(OPENED, self.id.get());
        booking
    }
}
