use boxoffice_contracts::events::NotificationSent;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{
    domain::{TimelineEntry, TimelineState},
    error::Refusal,
    store::Booking,
};

/// Adds a sent notification to the timeline of its booking, once for each kind and channel.
pub struct RecordNotification(pub NotificationSent);

impl Command for RecordNotification {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Booking>(self.0.booking_id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let NotificationSent { booking_id, kind, channel, .. } = self.0;
        let note = format!("{kind} by {channel}");
        let state = TimelineState::Notified;
        let mut booking = work.get::<Booking>(booking_id).ok_or(Refusal::UnknownBooking(booking_id))?.clone();
        if !booking.timeline.has(state, &note) {
            let entry = TimelineEntry { at: context.now, state, by: "notifications".into(), note: Some(note) };
            booking.timeline.0.add(entry);
            work.update(booking);
        }
        Ok(())
    }
}
