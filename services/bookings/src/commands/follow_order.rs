use boxoffice_contracts::{
    BookingId, Currency, Decimal, Item, OrganizerId, TicketId, UserId,
    events::{OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed},
};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

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
    pub(super) fn open(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let opening = Opening {
            id: self.id,
            user: self.user,
            organizer: self.organizer,
            lines: Item::to_lines(&self.items, self.currency)?,
            total_minor: self.total.in_currency(self.currency)?.minor,
            currency: self.currency,
            deadline_at: context.now,
            by: "orders".into(),
        };
        opening.open(work, context);
        Ok(())
    }
}

impl Command for FollowOrder {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Booking>(self.order.id);
        if self.turn == Turn::Cancelled {
            reads.find::<Ticket>(&["booking_id"], &self.order.id);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let id = self.order.id;
        if work.get::<Booking>(id).is_none() {
            self.order.open(work, context)?;
        }
        let note = if let Turn::Failed(reason) = self.turn { Some(reason.to_string()) } else { None };
        if !take_turn(work, id, self.turn, "orders", note, context) {
            return Ok(());
        }
        match self.turn {
            Turn::Confirmed => issue_tickets(work, id, context),
            Turn::Cancelled => drop(void_tickets(work, id)),
            _ => {}
        }
        Ok(())
    }
}

fn issue_tickets(work: &mut UnitOfWork, id: BookingId, context: &CommandContext) {
    let lines = work.get::<Booking>(id).expect("it was there a moment ago").lines.0.clone();
    for (number, line) in places(&lines) {
        work.insert(Ticket {
            booking_id: id,
            number,
            id: TicketId::from(context.id()),
            code: ticket_code(context.random()),
            event_id: line.event_id,
            ticket_type_id: line.ticket_type_id,
            status: TicketStatus::Valid,
            version: 1,
        });
    }
}
