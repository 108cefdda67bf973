use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, EventId, Lines, OrganizerId, UserId};
use boxoffice_database::Json;
use boxoffice_writer::{CommandContext, UnitOfWork};

use crate::{
    domain::{Course, Entry, Milestone, Timeline},
    store::{Booking, BookingEvent},
};

/// The hint that a booking was opened.
pub const OPENED: &str = "opened";

/// A booking that is about to be.
pub(super) struct Opening {
    pub(super) id: BookingId,
    pub(super) user: UserId,
    pub(super) organizer: OrganizerId,
    pub(super) lines: Lines,
    pub(super) total_minor: i64,
    pub(super) currency: Currency,
    pub(super) deadline_at: Timestamp,
    pub(super) by: String,
}

impl Opening {
    /// Writes it down, PENDING. There must be no booking of its id.
    pub(super) fn open(self, work: &mut UnitOfWork, context: &CommandContext) -> Booking {
        let mut events: Vec<EventId> = self.lines.iter().map(|line| line.event_id).collect();
        events.sort_unstable();
        events.dedup();
        for event_id in events {
            work.insert(BookingEvent { event_id, booking_id: self.id });
        }
        let mut timeline = Timeline::default();
        timeline.add(Entry { at: context.now, state: Milestone::Pending, by: self.by, note: None });
        let Course { status, reason, payment, refund } = Course::OPEN;
        let booking = Booking {
            id: self.id,
            user_id: self.user,
            organizer_id: self.organizer,
            lines: Json(self.lines),
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
