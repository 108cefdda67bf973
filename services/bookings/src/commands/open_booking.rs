use boxoffice_contracts::{
    Reason,
    events::{BookingCancelled, OrderCreated, PlacedThrough},
};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{Ordered, take_turn};
use crate::{
    domain::Turn,
    error::Refusal,
    store::{Booking, Customer},
};

/// An order was placed: where it came first, its booking is opened. Nothing happens when that was done before, or when
/// the order followed from a booking. An order that was placed while its user was deleted is called off at once; while that
/// is not known yet, it waits.
pub struct OpenBooking {
    order: Ordered,
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
            reads.row::<Booking>(self.order.id());
            reads.row::<Customer>(self.order.user());
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let (id, user) = (self.order.id(), self.order.user());
        if self.placed_through != PlacedThrough::Orders || work.get::<Booking>(id).is_some() {
            return Ok(());
        }
        let customer = work.get::<Customer>(user);
        let is_gone = customer.is_some_and(|customer| customer.deleted);
        if !is_gone && customer.is_some_and(|customer| !customer.may_book()) {
            return Err(Refusal::CustomerRetired(user));
        }
        self.order.open(work, context)?;
        if is_gone {
            take_turn(work, id, Turn::Cancelled, "bookings", Some("the customer is gone".into()), context);
            let (organizer_id, reason) = (self.order.organizer(), Reason::Cancelled);
            work.publish(&BookingCancelled { booking_id: id, user_id: user, organizer_id, reason }, context);
        }
        Ok(())
    }
}
