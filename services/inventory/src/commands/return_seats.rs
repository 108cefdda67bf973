use boxoffice_contracts::{BookingId, TicketTypeId};
use boxoffice_database::Json;
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::{
    not_found,
    transition::{self, read_hold},
};
use crate::{
    domain::{HoldInput, split_lines},
    error::Refusal,
    store::{Hold, TicketType},
};

/// Returns seats of a ticket type from holds that no order has claimed: all of the seats, or none.
pub struct ReturnSeats {
    /// The ticket type of the seats.
    pub ticket_type: TicketTypeId,
    /// The subject of the caller's token.
    pub owner: String,
    /// The holds to take the seats from, in this order. Holds of another owner or with another status are skipped.
    pub holds: Vec<BookingId>,
    /// The number of seats.
    pub quantity: u32,
}

/// The answer of [`ReturnSeats`]. Its resource is the ticket type, at which the available seats can be read.
pub struct SeatsReturned(TicketTypeId);

impl Resource for SeatsReturned {
    fn resource_id(&self) -> String {
        self.0.to_string()
    }
}

impl Command for ReturnSeats {
    type Answer = SeatsReturned;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<TicketType>(self.ticket_type);
        for id in &self.holds {
            read_hold(*id, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<SeatsReturned, Refusal> {
        work.get::<TicketType>(self.ticket_type).ok_or_else(|| not_found("ticket type", self.ticket_type))?;
        let mut missing = self.quantity;
        for id in &self.holds {
            let Some(hold) = work.get::<Hold>(*id).filter(|hold| hold.owner == self.owner) else { continue };
            let (remaining, returned) = split_lines(&hold.hold_lines, self.ticket_type, missing);
            let input = if remaining.is_empty() { HoldInput::Release } else { HoldInput::ReturnSeats };
            let Some(transition) = hold.state().apply(input).filter(|_| !returned.is_empty()) else { continue };
            missing -= returned.iter().map(|line| line.quantity.get()).sum::<u32>();
            let hold = transition::apply(work, *id, transition, &returned)?;
            if !remaining.is_empty() {
                hold.hold_lines = Json(remaining);
            }
        }
        if missing > 0 {
            return Err(Refusal::FewerHeld { requested: self.quantity, held: self.quantity - missing });
        }
        Ok(SeatsReturned(self.ticket_type))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{context, hold, id, seats, status, work},
        domain::HoldStatus,
    };

    fn returned(from: HoldStatus, quantity: u32) -> (Result<(), Refusal>, HoldStatus, (i64, i64), u32) {
        let mut work = work(2, 0).with_row(hold(from));
        let ticket_type = TicketTypeId::from(1);
        let command = ReturnSeats { ticket_type, owner: "ann".into(), holds: vec![id()], quantity };
        let result = command.decide(&mut work, &context()).map(|_| ());
        let left = work.get::<Hold>(id()).unwrap().hold_lines.total_quantity();
        (result, status(&work), seats(&work), left)
    }

    #[test]
    fn a_hold_keeps_its_remaining_seats_or_is_released() {
        assert_eq!(returned(HoldStatus::Held, 1), (Ok(()), HoldStatus::Held, (1, 0), 1));
        let (result, status, seats, _) = returned(HoldStatus::Held, 2);
        assert_eq!((result, status, seats), (Ok(()), HoldStatus::Released, (0, 0)));
    }

    #[test]
    fn more_seats_than_the_holds_have_are_refused() {
        let refused = |requested, held| Err(Refusal::FewerHeld { requested, held });
        assert_eq!(returned(HoldStatus::Held, 3).0, refused(3, 2));
        assert_eq!(returned(HoldStatus::Claimed, 1).0, refused(1, 0));
    }
}
