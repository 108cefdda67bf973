//! Verbs: one for each thing that can be done. The only way in which this service's data changes.

mod catalogue;
mod claim_hold;
mod expire_holds;
mod extend_hold;
mod free_places;
mod quote;
mod release_hold;
mod release_places;
mod settle_payment;
mod take_hold;

pub use catalogue::{
    AddMember, ChangeEvent, ChangeTicketType, ChangeVenue, CreateEvent, CreateOrganizer, CreateTicketType, CreateVenue,
    DeleteEvent, DeleteTicketType, DeleteVenue, NewTicketType, Places, RemoveMember, SetCapacity, SetQuota,
};
pub use claim_hold::ClaimHold;
pub use expire_holds::ExpireHolds;
pub use extend_hold::ExtendHold;
pub use free_places::FreePlaces;
pub use quote::Quote;
pub use release_hold::ReleaseHold;
pub use release_places::ReleasePlaces;
pub use settle_payment::SettlePayment;
pub use take_hold::{TakeHold, What};

use boxoffice_contracts::{BookingId, Lines, OrganizerId, QuotaId};
use boxoffice_writer::{ReadSet, UnitOfWork};

use crate::{
    error::Refusal,
    store::{Hold, Member, Quota, TicketType},
};

/// Who asks for a change of the catalogue.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The token's.
    pub subject: String,
    /// Operators act for every organizer.
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

/// Names a hold and the quotas that its lines draw from.
fn read_hold<'w>(id: BookingId, reads: &mut ReadSet<'w>) -> Option<&'w Hold> {
    let hold = reads.row::<Hold>(id)?;
    read_quotas(&hold.lines, reads);
    Some(hold)
}

fn read_quotas(lines: &Lines, reads: &mut ReadSet<'_>) {
    for line in lines {
        if let Some(kind) = reads.row::<TicketType>(line.ticket_type_id) {
            reads.row::<Quota>(kind.quota_id);
        }
    }
}

/// Does `change` to the quota of each line, with the line's number of places.
fn each_quota<E>(
    work: &mut UnitOfWork,
    lines: &Lines,
    change: impl Fn(&mut Quota, i64) -> Result<(), E>,
) -> Result<(), E> {
    for line in lines {
        let quota = quota_of(work, line.ticket_type_id);
        let quota = work.edit::<Quota>(quota).expect("a ticket type's quota is never deleted");
        change(quota, i64::from(line.quantity.get()))?;
    }
    Ok(())
}

fn quota_of(work: &UnitOfWork, kind: boxoffice_contracts::TicketTypeId) -> QuotaId {
    work.get::<TicketType>(kind).expect("a ticket type with holds is never deleted").quota_id
}
