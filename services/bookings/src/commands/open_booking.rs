use boxoffice_contracts::{
    Reason,
    events::{BookingCancelled, OrderCreated, OrderSummary, PlacedThrough},
};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{apply, new_booking::NewBooking};
use crate::{
    domain::BookingInput,
    error::Refusal,
    store::{Booking, Customer},
};

/// Opens the booking of an order that was placed through orders. Does nothing when the booking exists, or when the order
/// was placed through bookings.
///
/// The booking of a deleted user is cancelled at once. While users is deleting the user, the message is deferred.
pub struct OpenBooking {
    order: OrderSummary,
    placed_through: PlacedThrough,
}

impl From<OrderCreated> for OpenBooking {
    fn from(order: OrderCreated) -> Self {
        Self { placed_through: order.placed_through, order: order.into() }
    }
}

impl Command for OpenBooking {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if self.placed_through == PlacedThrough::Orders {
            reads.row::<Booking>(self.order.order_id);
            reads.row::<Customer>(self.order.customer_id);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let OrderSummary { order_id: booking_id, customer_id: user_id, organizer_id, .. } = self.order;
        if self.placed_through != PlacedThrough::Orders || work.get::<Booking>(booking_id).is_some() {
            return Ok(());
        }
        let customer = work.get::<Customer>(user_id);
        let is_deleted = customer.is_some_and(|customer| customer.deleted);
        if !is_deleted && customer.is_some_and(|customer| !customer.may_book()) {
            return Err(Refusal::CustomerRetired(user_id));
        }
        let booking = NewBooking::of_order(&self.order, context)?.insert(work, context);
        if is_deleted {
            let note = Some("the customer was deleted".into());
            apply(work, booking, BookingInput::Cancelled, ("bookings", note), context);
            work.publish(&BookingCancelled { booking_id, user_id, organizer_id, reason: Reason::Cancelled }, context);
        }
        Ok(())
    }
}
