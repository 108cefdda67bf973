use std::convert::Infallible;

use boxoffice_contracts::{
    BookingId, Currency, OrganizerId, Reason, UserId,
    events::{BookingCancelled, PlacedThrough, Refund},
};
use boxoffice_database::Json;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{Ending, advance, history_row};
use crate::{
    domain::{Fact, OrderStatus},
    store::Order,
};

/// A booking was called off by a person, or its time is up: its order ends, whatever it has come to. Where no order is
/// known yet, a tombstone is left in that state, so that one heard of afterwards is not opened; the end is said all the
/// same, for the others may hold seats or money.
pub struct EndOrder {
    /// Which order.
    pub order: BookingId,
    /// Whose.
    pub user: UserId,
    /// Who sells.
    pub organizer: OrganizerId,
    /// [`Reason::Expired`] when its time is up; anything else is a person's wish.
    pub reason: Reason,
}

impl EndOrder {
    /// What a booking's end asks for.
    pub fn of(event: &BookingCancelled) -> Self {
        Self { order: event.booking_id, user: event.user_id, organizer: event.organizer_id, reason: event.reason }
    }

    fn fact(&self) -> Fact {
        if self.reason == Reason::Expired { Fact::BookingExpired } else { Fact::BookingCancelled }
    }

    fn leave_tombstone(&self, work: &mut UnitOfWork, context: &CommandContext) {
        let fact = self.fact();
        let steps = OrderStatus::Created.after(fact);
        let (Some(status), Some(end)) = (steps.through.last(), steps.end) else {
            unreachable!("a booking that is called off ends an order that was just created")
        };
        let tombstone = Order {
            id: self.order,
            user_id: self.user,
            organizer_id: self.organizer,
            lines: Json::default(),
            total_minor: 0,
            // Nothing is owed, and an amount of nothing is of some currency all the same.
            currency: Currency::EUR,
            status: *status,
            reason: end.reason(),
            refund: Refund::None,
            placed_through: PlacedThrough::Bookings,
            created_at: context.now,
            history_count: 1,
            version: 1,
        };
        let note = format!("{} before its order was heard of", fact.note());
        work.insert(history_row(self.order, 1, *status, note, context));
        let ending = Ending::of(&tombstone, end);
        work.insert(tombstone);
        ending.publish(work, context);
        work.signal(end.word(), self.order.get());
    }
}

impl Command for EndOrder {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Infallible> {
        if advance(work, self.order, self.fact(), context).is_err() {
            self.leave_tombstone(work, context);
        }
        Ok(())
    }
}
