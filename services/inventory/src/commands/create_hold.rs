use std::time::Duration;

use boxoffice_contracts::BookingId;
use boxoffice_database::Json;
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::{
    lines::{must_take_place, read_events, read_requested, resolve},
    not_found, transition,
};
use crate::{
    domain::{HoldInput, HoldTransition, SeatRequest},
    error::Refusal,
    store::Hold,
};

/// Creates a hold on all requested lines or on none. When the owner has a hold of this id already, the command answers
/// with that hold, so that repeating it has no effect.
pub struct CreateHold {
    /// The id of the hold, which its booking and its order share.
    pub id: BookingId,
    /// The subject of the buyer's token.
    pub owner: String,
    /// The seats to hold.
    pub source: HoldSource,
    /// How long the seats are reserved; an existing hold lives at least this much longer.
    pub lifetime: Duration,
}

/// The seats of a [`CreateHold`].
pub enum HoldSource {
    /// The seats of these lines.
    Lines(Vec<SeatRequest>),
    /// The seats of the existing hold with this id, from which a booking is made.
    Existing,
}

impl Resource for Hold {
    fn resource_id(&self) -> String {
        self.id.to_string()
    }
}

impl Command for CreateHold {
    type Answer = Hold;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if let Some(hold) = reads.row::<Hold>(self.id) {
            read_events(&hold.hold_lines, reads);
        }
        if let HoldSource::Lines(lines) = &self.source {
            read_requested(lines, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Hold, Refusal> {
        match (work.get::<Hold>(self.id).cloned(), &self.source) {
            (Some(hold), _) => self.keep(hold, work, context),
            (None, HoldSource::Lines(lines)) => self.create(lines, work, context),
            (None, HoldSource::Existing) => Err(not_found("hold", self.id)),
        }
    }
}

impl CreateHold {
    /// Answers with an existing hold, which lives until a booking made from it can claim it.
    fn keep(&self, hold: Hold, work: &mut UnitOfWork, context: &CommandContext) -> Result<Hold, Refusal> {
        if hold.owner != self.owner {
            return Err(not_found("hold", self.id));
        }
        if !hold.status.is_active() {
            return Err(Refusal::HoldOver);
        }
        must_take_place(work, &hold.hold_lines)?;
        match hold.state().apply(HoldInput::Keep { until: context.now.plus(self.lifetime) }) {
            Some(kept) => Ok(transition::apply(work, self.id, kept, &[])?.clone()),
            None => Ok(hold),
        }
    }

    fn create(&self, lines: &[SeatRequest], work: &mut UnitOfWork, context: &CommandContext) -> Result<Hold, Refusal> {
        let (lines, organizer_id, currency) = resolve(lines, work, context.now)?;
        let mut hold = Hold::untaken(self.id, organizer_id, self.owner.clone(), currency, context.now);
        hold.hold_lines = Json(lines);
        let taken = HoldTransition::take(context.now.plus(self.lifetime));
        transition::store(work, hold, taken)?;
        work.get::<Hold>(self.id).cloned().ok_or_else(|| not_found("hold", self.id))
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_contracts::{Quantity, Selection, TicketTypeId};

    use super::*;
    use crate::{
        commands::testing::{after, context, hold, id, seats, work},
        domain::HoldStatus,
    };

    fn command(owner: &str, quantity: u32) -> CreateHold {
        let selection = Selection::TicketType(TicketTypeId::from(1));
        let source = HoldSource::Lines(vec![SeatRequest { selection, quantity: Quantity::new(quantity).unwrap() }]);
        CreateHold { id: id(), owner: owner.into(), source, lifetime: Duration::from_secs(90) }
    }

    #[test]
    fn a_hold_takes_its_seats_or_is_refused() {
        for (quantity, expected) in [(5, Ok(5)), (6, Err(Refusal::SoldOut { requested: 6, available: 5 }))] {
            let mut work = work(0, 0).without_row::<Hold>(id());
            let held = command("ann", quantity).decide(&mut work, &context());
            assert_eq!(held.map(|hold| (hold.status, hold.expires_at)), {
                expected.map(|_: i64| (HoldStatus::Held, Some(after(90))))
            });
            assert_eq!(seats(&work).0, if quantity == 5 { 5 } else { 0 });
        }
    }

    #[test]
    fn a_repetition_keeps_the_hold_and_takes_no_seats() {
        let mut work = work(2, 0).with_row(hold(HoldStatus::Held));
        let kept = command("ann", 2).decide(&mut work, &context()).unwrap();
        assert_eq!((kept.expires_at, seats(&work)), (Some(after(90)), (2, 0)));
    }

    #[test]
    fn an_ended_hold_and_that_of_another_owner_are_refused() {
        let decide = |owner, status| {
            let mut work = work(0, 0).with_row(hold(status));
            command(owner, 2).decide(&mut work, &context()).map(|_| ())
        };
        assert_eq!(decide("bob", HoldStatus::Held), Err(not_found("hold", id())));
        assert_eq!(decide("ann", HoldStatus::Released), Err(Refusal::HoldOver));
        assert_eq!(decide("ann", HoldStatus::Expired), Err(Refusal::HoldOver));
    }
}
