//! The commands of inventory, one file each. Only commands change the data of this service.

mod apply_payment_outcome;
mod catalogue;
mod claim_hold;
mod create_hold;
mod expire_holds;
mod extend_hold;
mod lines;
mod quote_lines;
mod release_hold;
mod release_seats;
mod return_seats;
#[cfg(test)]
mod testing;
mod transition;

pub use apply_payment_outcome::ApplyPaymentOutcome;
pub use catalogue::{
    AddMember, ChangeEvent, ChangeTicketType, ChangeVenue, CreateEvent, CreateOrganizer, CreateTicketType, CreateVenue,
    DeleteEvent, DeleteTicketType, DeleteVenue, NewTicketType, QuotaSource, RemoveMember, SetCapacity, SetQuota,
};
pub use claim_hold::ClaimHold;
pub use create_hold::{CreateHold, HoldSource};
pub use expire_holds::ExpireHolds;
pub use extend_hold::ExtendHold;
pub use quote_lines::QuoteLines;
pub use release_hold::ReleaseHold;
pub use release_seats::ReleaseSeats;
pub use return_seats::{ReturnSeats, SeatsReturned};

use boxoffice_contracts::OrganizerId;
use boxoffice_writer::{ReadSet, UnitOfWork};

use crate::{
    error::Refusal,
    store::{Hold, Member},
};

/// The caller of a command that changes the catalogue.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The subject of the caller's token.
    pub subject: String,
    /// Whether the caller has the scope `operator` and so acts for every organizer.
    pub is_operator: bool,
}

impl Actor {
    fn read_set(&self, organizer: OrganizerId, reads: &mut ReadSet<'_>) {
        reads.row::<Member>((organizer, self.subject.clone()));
    }

    fn must_act_for(&self, organizer: OrganizerId, work: &UnitOfWork) -> Result<(), Refusal> {
        let is_member = self.is_operator || work.get::<Member>((organizer, self.subject.clone())).is_some();
        if is_member { Ok(()) } else { Err(Refusal::NotAMember(organizer.get())) }
    }
}

fn not_found(what: &'static str, id: impl ToString) -> Refusal {
    Refusal::NotFound { what, id: id.to_string() }
}

/// Whether the hold belongs to `owner`; operators pass `None` and may change every hold.
fn is_owned_by(hold: &Hold, owner: Option<&String>) -> bool {
    owner.is_none_or(|owner| *owner == hold.owner)
}
