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

#[cfg(test)]
mod tests {
    use boxoffice_contracts::{
        NotificationId, OrganizerId,
        events::{Channel, NotificationKind},
    };
    use uuid::Uuid;

    use super::*;
    use crate::commands::testing::{booking, context_after, id, user};

    fn sent(kind: NotificationKind) -> RecordNotification {
        RecordNotification(NotificationSent {
            notification_id: NotificationId::from(Uuid::from_u128(9)),
            booking_id: id(),
            customer_id: user(),
            kind,
            channel: Channel::Email,
            organizer_id: OrganizerId::from(1),
        })
    }

    #[test]
    fn a_notification_is_recorded_once_for_each_kind() {
        let mut work = UnitOfWork::default().with_row(booking());
        let (confirmed, cancelled) = (NotificationKind::BookingConfirmed, NotificationKind::BookingCancelled);
        for (kind, entries) in [(confirmed, 1), (confirmed, 1), (cancelled, 2)] {
            sent(kind).decide(&mut work, &context_after(1)).unwrap();
            let timeline = &work.get::<Booking>(id()).unwrap().timeline;
            assert_eq!(timeline.iter().filter(|entry| entry.state == TimelineState::Notified).count(), entries);
        }
    }

    #[test]
    fn an_unknown_booking_is_refused() {
        let mut work = UnitOfWork::default().without_row::<Booking>(id());
        let refused = sent(NotificationKind::BookingConfirmed).decide(&mut work, &context_after(1));
        assert_eq!(refused, Err(Refusal::UnknownBooking(id())));
    }
}
