//! One command for each thing that this service does. Its data changes only through these commands.

mod apply_order_outcome;
mod cancel_booking;
mod create_booking;
mod customers;
mod expire_bookings;
mod new_booking;
mod open_booking;
mod record_notification;
mod record_payment;
#[cfg(test)]
mod testing;
mod tickets;

pub use apply_order_outcome::ApplyOrderOutcome;
pub use cancel_booking::CancelBooking;
pub use create_booking::CreateBooking;
pub use customers::{CacheCustomer, ReinstateCustomer, RetireCustomer, SaveCustomer};
pub use expire_bookings::ExpireBookings;
pub use new_booking::OPENED;
pub use open_booking::OpenBooking;
pub use record_notification::RecordNotification;
pub use record_payment::RecordPayment;

use boxoffice_writer::{CommandContext, Resource, UnitOfWork};

use self::tickets::{issue_tickets, void_tickets};
use crate::{
    domain::{BookingInput, TicketEffect, TimelineEntry},
    store::{Booking, BookingWithTickets},
};

impl Resource for BookingWithTickets {
    fn resource_id(&self) -> String {
        self.booking.id.to_string()
    }
}

/// Applies `input` to a booking: writes the row with its new timeline entry, issues or voids its tickets, and signals its
/// end. Returns the booking as it is then, or `None` when the input changes nothing.
///
/// A cancellation requires the tickets of the booking in the read set, found by `booking_id`.
fn apply(
    work: &mut UnitOfWork,
    mut booking: Booking,
    input: BookingInput,
    (by, note): (&str, Option<String>),
    context: &CommandContext,
) -> Option<Booking> {
    let transition = booking.state().apply(input)?;
    let entry = TimelineEntry { at: context.now, state: transition.timeline_state, by: by.to_owned(), note };
    booking.apply(&transition, entry);
    work.update(booking.clone());
    match transition.tickets {
        Some(TicketEffect::Issue) => issue_tickets(work, &booking, context),
        Some(TicketEffect::Void) => void_tickets(work, booking.id),
        None => {}
    }
    if transition.has_ended {
        work.signal(booking.status.word(), booking.id.get());
    }
    Some(booking)
}
