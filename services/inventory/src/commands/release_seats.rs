use boxoffice_contracts::{BookingId, Currency, OrganizerId, Reason, events::InventoryReleased};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::transition::{self, read_hold};
use crate::{
    domain::{HoldInput, HoldState, SeatChange},
    error::Refusal,
    store::Hold,
};

/// Releases the held or sold seats of an order that ended without tickets. When the hold is not known yet, the command
/// inserts a released hold as a tombstone, so that a later message of the order takes no seats.
pub struct ReleaseSeats {
    /// The order, whose id the hold shares.
    pub order: BookingId,
    /// Why the order ended.
    pub reason: Reason,
    /// The organizer of the order, for the tombstone.
    pub organizer: OrganizerId,
    /// The currency of the order, for the tombstone.
    pub currency: Currency,
}

impl Command for ReleaseSeats {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        read_hold(self.order, reads);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let input = HoldInput::EndOrder { reason: self.reason };
        let hold = work.get::<Hold>(self.order).cloned();
        let Some(end) = hold.as_ref().map_or(HoldState::UNTAKEN, Hold::state).apply(input) else { return Ok(()) };
        let Some(hold) = hold else {
            let owner = context.origin.actor.clone();
            let tombstone = Hold::untaken(self.order, self.organizer, owner, self.currency, context.now);
            return transition::store(work, tombstone, end);
        };
        transition::apply(work, self.order, end, &hold.hold_lines)?;
        if end.seats != SeatChange::Unchanged {
            publish_released(work, &hold, self.reason, context);
        }
        Ok(())
    }
}

/// Publishes that the seats of an order are available again.
pub(super) fn publish_released(work: &mut UnitOfWork, hold: &Hold, reason: Reason, context: &CommandContext) {
    let released = InventoryReleased { order_id: hold.id, reason, organizer_id: hold.organizer_id };
    work.publish(&released, context);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{context, hold, id, seats, status, work},
        domain::HoldStatus,
    };

    fn released(mut work: UnitOfWork) -> (HoldStatus, (i64, i64), usize) {
        let command = ReleaseSeats {
            order: id(),
            reason: Reason::Cancelled,
            organizer: OrganizerId::from(1),
            currency: Currency::EUR,
        };
        command.decide(&mut work, &context()).unwrap();
        (status(&work), seats(&work), work.published().len())
    }

    #[test]
    fn held_claimed_and_sold_seats_are_released_and_published_once() {
        for (from, held, sold) in [(HoldStatus::Held, 2, 0), (HoldStatus::Claimed, 2, 0), (HoldStatus::Sold, 0, 2)] {
            let first = released(work(held, sold).with_row(hold(from)));
            assert_eq!(first, (HoldStatus::Released, (0, 0), 1), "{from:?}");
        }
        let ended = Hold { reason: Some(Reason::Cancelled), ..hold(HoldStatus::Released) };
        assert_eq!(released(work(0, 0).with_row(ended)), (HoldStatus::Released, (0, 0), 0));
    }

    #[test]
    fn an_unknown_hold_gets_a_tombstone() {
        let unknown = work(0, 0).without_row::<Hold>(id());
        assert_eq!(released(unknown), (HoldStatus::Released, (0, 0), 0));
    }
}
