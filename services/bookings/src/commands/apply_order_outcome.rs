use boxoffice_contracts::{
    Reason,
    events::{OrderCancelled, OrderConfirmed, OrderFailed, OrderSummary},
};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{apply, new_booking::NewBooking};
use crate::{
    domain::BookingInput,
    error::Refusal,
    store::{Booking, Ticket},
};

/// Ends the booking of an order that was confirmed, failed or was cancelled. A confirmation issues the tickets, a
/// cancellation makes them void.
///
/// An unknown booking was placed through orders, and the outcome overtook `OrderCreated`. The command then opens the
/// booking and ends it at once: the outcome has every field that the opening needs. Waiting would block for good,
/// because `OrderCreated` has the same source and key, and is delivered after the waiting outcome.
pub struct ApplyOrderOutcome {
    order: OrderSummary,
    input: BookingInput,
}

impl From<OrderConfirmed> for ApplyOrderOutcome {
    fn from(order: OrderConfirmed) -> Self {
        Self { order: order.into(), input: BookingInput::OrderConfirmed }
    }
}

impl From<OrderFailed> for ApplyOrderOutcome {
    fn from(order: OrderFailed) -> Self {
        Self { input: BookingInput::OrderFailed(order.reason), order: order.into() }
    }
}

impl From<OrderCancelled> for ApplyOrderOutcome {
    fn from(order: OrderCancelled) -> Self {
        Self { order: order.into(), input: BookingInput::Cancelled }
    }
}

impl ApplyOrderOutcome {
    fn failure(&self) -> Option<Reason> {
        if let BookingInput::OrderFailed(reason) = self.input { Some(reason) } else { None }
    }
}

impl Command for ApplyOrderOutcome {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Booking>(self.order.order_id);
        if self.input == BookingInput::Cancelled {
            reads.find::<Ticket>(&["booking_id"], &self.order.order_id);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let booking = match work.get::<Booking>(self.order.order_id) {
            Some(booking) => booking.clone(),
            None => NewBooking::of_order(&self.order, context)?.insert(work, context),
        };
        let note = self.failure().map(|reason| reason.to_string());
        apply(work, booking, self.input, ("orders", note), context);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_clock::{Entropy, Timestamp};
    use boxoffice_contracts::{
        BookingId, Currency, Decimal, EventId, Item, OrganizerId, Quantity, TicketTypeId, UserId,
    };
    use boxoffice_envelope::Origin;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{BookingStatus, TicketStatus};

    fn order() -> OrderSummary {
        let item = Item {
            product_id: TicketTypeId::from(5),
            event: EventId::from(3),
            name: "Floor".into(),
            quantity: Quantity::new(2).unwrap(),
            unit_price: Decimal::new(2550, 2),
        };
        OrderSummary {
            order_id: BookingId::from(Uuid::from_u128(1)),
            customer_id: UserId::from(7),
            items: vec![item],
            total_amount: Decimal::new(5100, 2),
            currency: Currency::EUR,
            organizer_id: OrganizerId::from(1),
        }
    }

    fn context() -> CommandContext {
        CommandContext::new(Timestamp::from_micros(7), Origin::default(), Entropy::seeded(7))
    }

    fn decide(mut work: UnitOfWork, outcome: impl Into<ApplyOrderOutcome>) -> UnitOfWork {
        outcome.into().decide(&mut work, &context()).unwrap();
        work
    }

    fn without_booking() -> UnitOfWork {
        let id = order().order_id;
        UnitOfWork::default().without_row::<Booking>(id).with_rows::<Ticket>(&["booking_id"], &id, [])
    }

    fn tickets(work: &UnitOfWork) -> Vec<Ticket> {
        let id = order().order_id;
        (1..=2).filter_map(|number| work.get::<Ticket>((id, number)).cloned()).collect()
    }

    #[test]
    fn an_outcome_that_overtakes_its_order_opens_and_ends_the_booking() {
        let id = order().order_id;
        let confirmed = decide(without_booking(), OrderConfirmed::new(order()));
        let booking = confirmed.get::<Booking>(id).unwrap();
        assert_eq!((booking.status, booking.deadline_at), (BookingStatus::Confirmed, None));
        assert_eq!(tickets(&confirmed).len(), 2);
        let signals: Vec<_> = confirmed.signals().iter().map(|signal| signal.name).collect();
        assert_eq!(signals, ["opened", "confirmed"]);
        let failed = decide(without_booking(), OrderFailed::new(order(), Reason::Declined));
        assert_eq!(failed.get::<Booking>(id).unwrap().reason, Some(Reason::Declined));
    }

    #[test]
    fn a_cancellation_after_the_confirmation_makes_the_tickets_void() {
        let id = order().order_id;
        let confirmed = decide(without_booking(), OrderConfirmed::new(order()));
        let booking = confirmed.get::<Booking>(id).unwrap().clone();
        let work = UnitOfWork::default().with_row(booking).with_rows(&["booking_id"], &id, tickets(&confirmed));
        let work = decide(work, OrderCancelled::new(order()));
        assert_eq!(work.get::<Booking>(id).unwrap().status, BookingStatus::Cancelled);
        let statuses: Vec<_> = tickets(&work).iter().map(|ticket| ticket.status).collect();
        assert_eq!(statuses, [TicketStatus::Void, TicketStatus::Void]);
        assert!(work.signals().is_empty(), "the booking has ended before");
    }
}
