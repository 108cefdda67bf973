use boxoffice_contracts::{
    BookingId, Currency, Decimal, Item, OrganizerId, TicketId, UserId,
    events::{OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed},
};
use boxoffice_writer::{Command, Moment, Need, World};

use super::{opening::Opening, take_turn, void_tickets};
use crate::{
    domain::{TicketStatus, Turn, places, ticket_code},
    error::Refusal,
    store::{Booking, Ticket},
};

/// What every event of an order tells of it.
pub struct Ordered {
    id: BookingId,
    user: UserId,
    organizer: OrganizerId,
    items: Vec<Item>,
    total: Decimal,
    currency: Currency,
}

macro_rules! ordered {
    ($($event:ty),*) => {$(
        impl From<$event> for Ordered {
            fn from(order: $event) -> Self {
                Self {
                    id: order.order_id,
                    user: order.customer_id,
                    organizer: order.organizer_id,
                    items: order.items,
                    total: order.total_amount,
                    currency: order.currency,
                }
            }
        }
    )*};
}
ordered!(OrderCreated, OrderConfirmed, OrderFailed, OrderCancelled);

/// The order of a booking has ended, and so does the booking: confirmed with a ticket for each place, or without
/// tickets, those that there were being void.
///
/// A booking that is not known yet was placed through orders; its order's end has overtaken its beginning. The end tells
/// all that the beginning does, so the booking is opened and ended at once. To wait instead would be to wait for ever:
/// the beginning, which comes from the same source with the same key, would queue up behind the end.
pub struct FollowOrder {
    /// The order.
    pub order: Ordered,
    /// How it has ended.
    pub turn: Turn,
}

impl Ordered {
    /// Which one.
    pub(super) fn id(&self) -> BookingId {
        self.id
    }

    /// Whose.
    pub(super) fn user(&self) -> UserId {
        self.user
    }

    /// Who sells.
    pub(super) fn organizer(&self) -> OrganizerId {
        self.organizer
    }

    /// Opens the booking of an order that was placed through orders. There must be none. How long it may take is a
    /// setting, which is not at hand where messages are heard: it is due at once, and whoever looks for bookings that
    /// are due gives it its time.
    pub(super) fn open(&self, world: &mut World, moment: &Moment) -> Result<(), Refusal> {
        let opening = Opening {
            id: self.id,
            user: self.user,
            organizer: self.organizer,
            lines: Item::lines(&self.items, self.currency)?,
            total_minor: self.total.in_currency(self.currency)?.minor,
            currency: self.currency,
            deadline_at: moment.now,
            by: "orders".into(),
        };
        opening.open(world, moment);
        Ok(())
    }
}

impl Command for FollowOrder {
    type Answer = ();
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Booking>(self.order.id);
        if self.turn == Turn::Cancelled {
            need.find::<Ticket>(&["booking_id"], &self.order.id);
        }
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), Refusal> {
        let id = self.order.id;
        if world.get::<Booking>(id).is_none() {
            self.order.open(world, moment)?;
        }
        let note = if let Turn::Failed(reason) = self.turn { Some(reason.to_string()) } else { None };
        if !take_turn(world, id, self.turn, "orders", note, moment) {
            return Ok(());
        }
        match self.turn {
            Turn::Confirmed => issue_tickets(world, id, moment),
            Turn::Cancelled => drop(void_tickets(world, id)),
            _ => {}
        }
        Ok(())
    }
}

fn issue_tickets(world: &mut World, id: BookingId, moment: &Moment) {
    let lines = world.get::<Booking>(id).expect("it was there a moment ago").lines.0.clone();
    for (number, line) in places(&lines) {
        world.insert(Ticket {
            booking_id: id,
            number,
            id: TicketId::from(moment.id()),
            code: ticket_code(moment.random()),
            event_id: line.event_id,
            ticket_type_id: line.ticket_type_id,
            status: TicketStatus::Valid,
            version: 1,
        });
    }
}
