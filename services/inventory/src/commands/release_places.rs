use boxoffice_contracts::{BookingId, TicketTypeId};
use boxoffice_database::Json;
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::{quota_of, read_hold};
use crate::{
    domain::{self, HoldStatus},
    error::Refusal,
    store::{Hold, Quota, TicketType},
};

/// A buyer gives places of a ticket type back, out of holds that no order has claimed: all of the places, or none.
pub struct ReleasePlaces {
    /// Of which type.
    pub kind: TicketTypeId,
    /// The subject of the caller's token.
    pub owner: String,
    /// Where they are looked for, in this order.
    pub holds: Vec<BookingId>,
    /// How many places.
    pub quantity: u32,
}

/// What was given back can be read again at its ticket type.
pub struct GivenBack(TicketTypeId);

impl Resource for GivenBack {
    fn resource_id(&self) -> String {
        self.0.to_string()
    }
}

impl Command for ReleasePlaces {
    type Answer = GivenBack;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if let Some(kind) = reads.row::<TicketType>(self.kind) {
            reads.row::<Quota>(kind.quota_id);
        }
        for id in &self.holds {
            read_hold(*id, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<GivenBack, Refusal> {
        let unknown = || Refusal::NotFound { what: "ticket type", id: self.kind.to_string() };
        work.get::<TicketType>(self.kind).ok_or_else(unknown)?;
        let mut missing = self.quantity;
        for id in &self.holds {
            let held = work.get::<Hold>(*id).filter(|hold| hold.owner == self.owner);
            let Some(hold) = held.filter(|hold| hold.status == HoldStatus::Held) else { continue };
            let (rest, given) = domain::without(&hold.lines, self.kind, missing);
            missing -= given;
            if given > 0 {
                let row = work.edit::<Hold>(*id).expect("it was there a moment ago");
                if rest.is_empty() {
                    (row.status, row.expires_at) = (HoldStatus::Released, None);
                } else {
                    row.lines = Json(rest);
                }
            }
        }
        if missing > 0 {
            return Err(Refusal::FewerHeld { wanted: self.quantity, held: self.quantity - missing });
        }
        let quota = quota_of(work, self.kind);
        let quota = work.edit::<Quota>(quota).expect("a ticket type's quota is never deleted");
        quota.release_held(self.quantity.into());
        Ok(GivenBack(self.kind))
    }
}
