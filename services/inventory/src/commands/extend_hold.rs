use std::time::Duration;

use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{error::Refusal, store::Hold};

/// A buyer puts the end of a hold off: it lives for `life` from this moment, or longer if it would have anyway.
pub struct ExtendHold {
    /// Which hold.
    pub id: BookingId,
    /// The subject of the caller's token; none for operators, who may extend any.
    pub owner: Option<String>,
    /// How long nobody else gets the places.
    pub life: Duration,
}

impl Command for ExtendHold {
    type Answer = Hold;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Hold>(self.id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Hold, Refusal> {
        let unknown = || Refusal::NotFound { what: "hold", id: self.id.to_string() };
        let is_own = |hold: &&Hold| self.owner.as_ref().is_none_or(|owner| *owner == hold.owner);
        work.get::<Hold>(self.id).filter(is_own).ok_or_else(unknown)?;
        let hold = work.edit::<Hold>(self.id).expect("it was there a moment ago");
        hold.extend(context.now, context.now.plus(self.life))?;
        Ok(hold.clone())
    }
}
