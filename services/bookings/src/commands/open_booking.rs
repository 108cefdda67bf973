use boxoffice_contracts::events::{OrderCreated, PlacedThrough};
use boxoffice_writer::{Command, Moment, Need, World};

use super::Ordered;
use crate::{error::Refusal, store::Booking};

/// An order was placed: where it came first, its booking is opened. Nothing happens when that was done before, or when
/// the order followed from a booking.
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

    fn needs(&self, need: &mut Need<'_>) {
        if self.placed_through == PlacedThrough::Orders {
            need.row::<Booking>(self.order.id());
        }
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), Refusal> {
        let is_new = || world.get::<Booking>(self.order.id()).is_none();
        if self.placed_through == PlacedThrough::Orders && is_new() { self.order.open(world, moment) } else { Ok(()) }
    }
}
