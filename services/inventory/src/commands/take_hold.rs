use std::time::Duration;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Line, Lines, TicketTypeId};
use boxoffice_database::Json;
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::each_quota;
use crate::{
    domain::{self, EventStatus, HoldStatus, Wanted},
    error::Refusal,
    store::{Event, Hold, Quota, TicketType},
};

/// Takes places for a while: all lines or none. With the id of a hold that its owner has already, that hold is
/// answered again, so that a repetition has no effect.
pub struct TakeHold {
    /// The hold's id, which its booking and order will share.
    pub id: BookingId,
    /// The subject of the token that takes it.
    pub owner: String,
    /// What to take.
    pub what: What,
    /// How long nobody else gets the places; at least so long for a hold that exists.
    pub life: Duration,
}

/// What [`TakeHold`] takes.
pub enum What {
    /// These lines.
    Lines(Vec<Wanted>),
    /// Whatever the hold of this id has: a booking is made from it.
    Existing,
}

impl Resource for Hold {
    fn resource_id(&self) -> String {
        self.id.to_string()
    }
}

impl Command for TakeHold {
    type Answer = Hold;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if let Some(hold) = reads.row::<Hold>(self.id) {
            read_events(&hold.lines, reads);
        }
        if let What::Lines(lines) = &self.what {
            lines.iter().for_each(|wanted| read_wanted(*wanted, reads));
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Hold, Refusal> {
        let expires_at = context.now.plus(self.life);
        if let Some(known) = work.get::<Hold>(self.id) {
            if known.owner != self.owner {
                return Err(not_found("hold", self.id));
            }
            if !known.is_active() {
                return Err(Refusal::HoldOver);
            }
            must_take_place(work, &known.lines)?;
            let known = known.clone();
            if known.status == HoldStatus::Held && known.expires_at < Some(expires_at) {
                let hold = work.edit::<Hold>(self.id).expect("it was there a moment ago");
                hold.expires_at = Some(expires_at);
                return Ok(hold.clone());
            }
            return Ok(known);
        }
        let What::Lines(wanted) = &self.what else { return Err(not_found("hold", self.id)) };
        let types = wanted.iter().map(|wanted| chosen(*wanted, work)).collect::<Result<Vec<_>, _>>()?;
        let (organizer_id, currency) = domain::seller(types.iter().copied())?;
        let lines: Lines =
            types.iter().zip(wanted).map(|(kind, wanted)| domain::line(kind, wanted.quantity())).collect();
        must_be_on_sale(work, &lines, context.now)?;
        each_quota(work, &lines, Quota::hold)?;
        let hold = Hold {
            id: self.id,
            organizer_id,
            owner: self.owner.clone(),
            lines: Json(lines),
            currency,
            status: HoldStatus::Held,
            reason: None,
            taken_at: context.now,
            expires_at: Some(expires_at),
            extensions: 0,
            version: 1,
        };
        work.insert(hold.clone());
        Ok(hold)
    }
}

fn not_found(what: &'static str, id: impl ToString) -> Refusal {
    Refusal::NotFound { what, id: id.to_string() }
}

/// The row that a client's line stands for.
pub(super) fn chosen(wanted: Wanted, work: &UnitOfWork) -> Result<&TicketType, Refusal> {
    match wanted {
        Wanted::Type(id, _) => work.get::<TicketType>(id).ok_or_else(|| not_found("ticket type", id)),
        Wanted::Event(id, _) => {
            let types = work.find::<TicketType>(&["event_id"], &id);
            types.into_iter().min_by_key(|kind| kind.id).ok_or_else(|| not_found("event", id))
        }
    }
}

pub(super) fn read_wanted(wanted: Wanted, reads: &mut ReadSet<'_>) {
    match wanted {
        Wanted::Type(id, _) => read_type(id, reads),
        Wanted::Event(id, _) => {
            let first = reads.find::<TicketType>(&["event_id"], &id).into_iter().map(|kind| kind.id).min();
            if let Some(first) = first {
                read_type(first, reads);
            }
        }
    }
}

/// Names the events of a hold's lines.
pub(super) fn read_events(lines: &[Line], reads: &mut ReadSet<'_>) {
    for line in lines {
        reads.row::<Event>(line.event_id);
    }
}

/// Names a ticket type, its event and its quota.
pub(super) fn read_type(id: TicketTypeId, reads: &mut ReadSet<'_>) {
    if let Some(kind) = reads.row::<TicketType>(id) {
        reads.row::<Event>(kind.event_id);
        reads.row::<Quota>(kind.quota_id);
    }
}

/// Every line's event can be bought.
pub(super) fn must_be_on_sale(work: &UnitOfWork, lines: &[Line], now: Timestamp) -> Result<(), Refusal> {
    let sells = |line: &&Line| work.get::<Event>(line.event_id).is_some_and(|event| event.sells(now));
    each_must(lines, sells)
}

/// Every line's event takes place. Who holds places of one that was closed since, or has begun, may still buy them.
pub(super) fn must_take_place(work: &UnitOfWork, lines: &[Line]) -> Result<(), Refusal> {
    let is_on =
        |line: &&Line| work.get::<Event>(line.event_id).is_some_and(|event| event.status != EventStatus::Cancelled);
    each_must(lines, is_on)
}

fn each_must(lines: &[Line], holds: impl Fn(&&Line) -> bool) -> Result<(), Refusal> {
    let first = lines.iter().find(|line| !holds(line));
    first.map_or(Ok(()), |line| Err(Refusal::NotOnSale(line.event_id.get())))
}
