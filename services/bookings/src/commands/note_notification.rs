use boxoffice_contracts::events::NotificationSent;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{
    domain::{Entry, Milestone},
    error::Refusal,
    store::Booking,
};

/// The customer was written to: the timeline shows it, once for each kind and channel.
pub struct NoteNotification(pub NotificationSent);

impl Command for NoteNotification {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Booking>(self.0.booking_id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let NotificationSent { booking_id, kind, channel, .. } = self.0;
        let note = format!("{kind} by {channel}");
        let booking = work.get::<Booking>(booking_id).ok_or(Refusal::TooEarly(booking_id))?;
        if booking.timeline.has(Milestone::Notified, &note) {
            return Ok(());
        }
        let entry = Entry { at: context.now, state: Milestone::Notified, by: "notifications".into(), note: Some(note) };
        work.edit::<Booking>(booking_id).expect("it was there a moment ago").timeline.0.add(entry);
        Ok(())
    }
}
