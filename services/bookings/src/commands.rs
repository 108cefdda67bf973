//! Verbs: one for each thing that can be done. The only way in which this service's data changes.

mod cancel_booking;
mod customers;
mod expire_bookings;
mod follow_order;
mod note_notification;
mod note_payment;
mod open_booking;
mod opening;
mod place_booking;

pub use cancel_booking::{CancelBooking, Cancelled};
pub use customers::{ReadmitCustomer, RememberCustomer, RetireCustomer, SaveCustomer};
pub use expire_bookings::ExpireBookings;
pub use follow_order::{FollowOrder, Ordered};
pub use note_notification::NoteNotification;
pub use note_payment::NotePayment;
pub use open_booking::OpenBooking;
pub use opening::OPENED;
pub use place_booking::PlaceBooking;

use boxoffice_contracts::BookingId;
use boxoffice_writer::{CommandContext, UnitOfWork};

use crate::{
    domain::{Entry, TicketStatus, Turn},
    store::{Booking, Ticket},
};

/// Makes the booking `id`, which must be there, take a turn, and shows it on its timeline. `false` when the turn comes
/// twice or too late; then nothing is changed. Who waits for the end of a booking is told when it comes.
fn take_turn(
    work: &mut UnitOfWork,
    id: BookingId,
    turn: Turn,
    by: &str,
    note: Option<String>,
    context: &CommandContext,
) -> bool {
    let before = work.get::<Booking>(id).expect("whoever calls has looked").course();
    let Some(after) = before.after(turn) else { return false };
    let booking = work.edit::<Booking>(id).expect("it was there a moment ago");
    booking.set_course(after);
    booking.timeline.0.add(Entry { at: context.now, state: turn.milestone(), by: by.to_owned(), note });
    if !before.status.is_final() && after.status.is_final() {
        work.signal(after.status.word(), id.get());
    }
    true
}

/// Takes the tickets of a booking out of use, and returns all of them. They must be among the needs, found by
/// `booking_id`.
fn void_tickets(work: &mut UnitOfWork, id: BookingId) -> Vec<Ticket> {
    let numbers: Vec<i64> = tickets(work, id).iter().map(|ticket| ticket.number).collect();
    for number in numbers {
        let ticket = work.edit::<Ticket>((id, number)).expect("it was found a moment ago");
        ticket.status = TicketStatus::Void;
    }
    tickets(work, id)
}

fn tickets(work: &UnitOfWork, id: BookingId) -> Vec<Ticket> {
    work.find::<Ticket>(&["booking_id"], &id).into_iter().cloned().collect()
}
