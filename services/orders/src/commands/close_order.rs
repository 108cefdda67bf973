use std::convert::Infallible;

use boxoffice_contracts::{
    BookingId, Currency, OrganizerId, Reason, UserId,
    events::{BookingCancelled, PlacedThrough, Refund},
};
use boxoffice_database::Json;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{apply, history_row, publish_outcome};
use crate::{
    domain::{OrderInput, Transition},
    store::Order,
};

/// Ends the order of a booking that was cancelled or has expired, in whatever status it is.
///
/// When the order does not exist yet, the command leaves a tombstone, so that a late `BookingCreated` does not open it.
/// The outcome is published all the same, because other services may hold seats or money.
pub struct CloseOrder {
    order: BookingId,
    user: UserId,
    organizer: OrganizerId,
    has_expired: bool,
}

impl From<BookingCancelled> for CloseOrder {
    fn from(event: BookingCancelled) -> Self {
        Self {
            order: event.booking_id,
            user: event.user_id,
            organizer: event.organizer_id,
            has_expired: event.reason == Reason::Expired,
        }
    }
}

impl CloseOrder {
    fn input(&self) -> OrderInput {
        if self.has_expired { OrderInput::BookingExpired } else { OrderInput::BookingCancelled }
    }

    fn transition(&self) -> Transition {
        if self.has_expired { Transition::failed(Reason::Expired) } else { Transition::cancelled(Reason::Cancelled) }
    }

    fn leave_tombstone(&self, work: &mut UnitOfWork, context: &CommandContext) {
        let transition = self.transition();
        let tombstone = Order {
            id: self.order,
            user_id: self.user,
            organizer_id: self.organizer,
            order_lines: Json::default(),
            total_minor: 0,
            // The amount is zero, but it needs a currency.
            currency: Currency::EUR,
            status: transition.to,
            reason: transition.outcome.and_then(|outcome| outcome.reason()),
            refund: Refund::None,
            placed_through: PlacedThrough::Bookings,
            created_at: context.now,
            history_count: 1,
            version: 1,
        };
        let note = format!("{} before its order was opened", self.input().note());
        work.insert(history_row(self.order, 1, transition.to, note, context));
        work.insert(tombstone.clone());
        if let Some(outcome) = transition.outcome {
            publish_outcome(work, &tombstone, outcome, context);
            work.signal(outcome.word(), self.order.get());
        }
    }
}

impl Command for CloseOrder {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Infallible> {
        if apply(work, self.order, self.input(), context).is_err() {
            self.leave_tombstone(work, context);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_clock::{Entropy, Timestamp};
    use boxoffice_envelope::Origin;
    use uuid::Uuid;

    use super::*;
    use crate::domain::OrderStatus;

    fn close(reason: Reason) -> (Order, Vec<String>) {
        let booking_id = BookingId::from(Uuid::from_u128(1));
        let (user_id, organizer_id) = (UserId::from(7), OrganizerId::from(3));
        let mut work = UnitOfWork::default().without_row::<Order>(booking_id);
        let context = CommandContext::new(Timestamp::from_micros(7), Origin::default(), Entropy::seeded(7));
        let command = CloseOrder::from(BookingCancelled { booking_id, user_id, organizer_id, reason });
        command.decide(&mut work, &context).unwrap();
        let kinds = work.published().iter().map(|message| message.kind.to_string()).collect();
        (work.get::<Order>(booking_id).unwrap().clone(), kinds)
    }

    #[test]
    fn an_unknown_order_gets_a_tombstone_and_its_outcome_is_published() {
        let (order, kinds) = close(Reason::Cancelled);
        assert_eq!((order.status, order.reason), (OrderStatus::Cancelled, Some(Reason::Cancelled)));
        assert!(order.order_lines.is_empty());
        assert_eq!(kinds, ["OrderCancelledEvent"]);
        let (order, kinds) = close(Reason::Expired);
        assert_eq!((order.status, order.reason), (OrderStatus::Failed, Some(Reason::Expired)));
        assert_eq!(kinds, ["OrderFailedEvent"]);
    }

    #[test]
    fn a_tombstone_has_the_status_that_a_created_order_would_get() {
        for reason in [Reason::Cancelled, Reason::Expired] {
            let command = CloseOrder {
                order: BookingId::from(Uuid::from_u128(1)),
                user: UserId::from(7),
                organizer: OrganizerId::from(3),
                has_expired: reason == Reason::Expired,
            };
            assert_eq!(OrderStatus::Created.apply(command.input()), Some(command.transition()));
        }
    }
}
