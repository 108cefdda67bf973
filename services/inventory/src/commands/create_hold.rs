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
