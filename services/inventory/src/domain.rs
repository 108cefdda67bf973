//! Nouns and rules: what can be sold, and how places are taken and given back. Pure.

mod event;
mod hold;
mod quota;

pub use event::{EventStatus, MAX_PRICE, MAX_TYPES, is_time_zone, price_minor};
pub use hold::{HoldStatus, MOST_EXTENSIONS, is_for, without};
pub use quota::MAX_CAPACITY;

use boxoffice_contracts::{Currency, EventId, Line, OrganizerId, Quantity, Reason, TicketTypeId};

use crate::{error::Refusal, store::TicketType};

/// Lines of one hold, booking or order.
pub const MAX_LINES: usize = 20;

/// What a client asks for in one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Tickets of this type.
    Type(TicketTypeId, Quantity),
    /// Tickets of the event's first type.
    Event(EventId, Quantity),
}

impl Wanted {
    /// How many.
    pub fn quantity(self) -> Quantity {
        match self {
            Self::Type(_, quantity) | Self::Event(_, quantity) => quantity,
        }
    }
}

/// All lines of one hold are sold by one organizer in one currency.
///
/// # Errors
/// [`Refusal::MixedLines`].
pub fn seller<'t>(types: impl IntoIterator<Item = &'t TicketType>) -> Result<(OrganizerId, Currency), Refusal> {
    let mut types = types.into_iter();
    let first = types.next().ok_or(Refusal::NoLines)?;
    let seller = (first.organizer_id, first.currency);
    if types.all(|other| (other.organizer_id, other.currency) == seller) {
        Ok(seller)
    } else {
        Err(Refusal::MixedLines)
    }
}

/// Tickets of a type as they are sold at this moment.
pub fn line(of: &TicketType, quantity: Quantity) -> Line {
    Line {
        event_id: of.event_id,
        ticket_type_id: of.id,
        name: of.name.clone(),
        quantity,
        unit_price_minor: of.price_minor,
    }
}

/// Why an order that asked for places was refused them.
pub fn reason_of(refusal: &Refusal) -> Reason {
    match refusal {
        Refusal::SoldOut { .. } => Reason::SoldOut,
        Refusal::PriceChanged => Reason::PriceChanged,
        _ => Reason::Unavailable,
    }
}
