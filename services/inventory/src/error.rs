//! The closed list of what inventory refuses, and the code that each refusal has.

use boxoffice_contracts::TicketTypeId;
use boxoffice_http::{Code, Problem, codes};

/// Why inventory did not do what was asked. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Fewer places are left.
    #[error("{requested} seats requested, {available} available")]
    SoldOut {
        /// Seats requested from one quota.
        requested: i64,
        /// Seats available in that quota.
        available: i64,
    },
    /// The event is closed or cancelled, or has begun.
    #[error("event {0} is not on sale")]
    NotOnSale(i64),
    /// Lines of several organizers or currencies.
    #[error("all lines must be sold by one organizer in one currency")]
    MixedLines,
    /// An event is to begin in the past.
    #[error("expected a time in the future")]
    PastStart,
    /// What cannot be changed is to be another, in the field of this name.
    #[error("cannot be changed")]
    Fixed(&'static str),
    /// An event was cancelled, and stays so.
    #[error("the event is cancelled and stays so")]
    Cancelled,
    /// Others depend on what is to be deleted.
    #[error("{0}")]
    InUse(&'static str),
    /// One has to stay.
    #[error("{0}")]
    LastOne(&'static str),
    /// An event has as many ticket types as it can.
    #[error("an event has at most {} ticket types", crate::domain::MAX_TICKET_TYPES)]
    TooManyTypes,
    /// The end of a hold was put off as often as it can be.
    #[error("a hold can be extended {} times", crate::domain::MAX_EXTENSIONS)]
    ExtendedTwice,
    /// No line at all.
    #[error("at least one line is needed")]
    NoLines,
    /// The price is another one than when it was asked for.
    #[error("the price has changed since it was asked for")]
    PriceChanged,
    /// There is no such thing, or it is another's.
    #[error("there is no {what} {id}")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// Its id as the client wrote it.
        id: String,
    },
    /// The hold ran out or was given back.
    #[error("the hold is over")]
    HoldOver,
    /// An order pays for the hold already.
    #[error("an order has claimed the hold: cancel its booking instead")]
    HoldClaimed,
    /// The caller's holds have fewer places of the type.
    #[error("{requested} seats to return, {held} in holds that no order has claimed")]
    FewerHeld {
        /// Seats to return.
        requested: u32,
        /// Seats that the holds have.
        held: u32,
    },
    /// The caller is not a member of the organizer.
    #[error("the token does not act for organizer {0}")]
    NotAMember(i64),
    /// An organizer with that slug exists.
    #[error("the slug {0:?} is taken")]
    SlugTaken(String),
    /// Fewer places than are held and sold.
    #[error("{taken} places are held or sold already")]
    CapacityTaken {
        /// Held and sold places.
        taken: i64,
    },
    /// The event's places are in several quotas.
    #[error("the event has several quotas: set the capacity of one of them at /api/v1/quotas/{{id}}")]
    SeveralQuotas,
    /// A line names a ticket type without a stored quota. Ticket types with seats are never deleted, so the data is
    /// inconsistent.
    #[error("ticket type {0} has no stored quota: run `boxoffice verify`")]
    QuotaMissing(TicketTypeId),
    /// The message came before what it follows from; it is tried again.
    #[error("too early: the hold of this order is not claimed yet")]
    TooEarly,
}

/// Fewer places are left than were asked for.
pub const SOLD_OUT: Code = Code {
    code: "sold-out",
    status: 409,
    title: "Sold out",
    about: "Fewer places are left than were asked for, at the moment when the request was decided. Places that others hold may come back: ask again, or for fewer.",
};
/// The event is not on sale.
pub const NOT_ON_SALE: Code = Code {
    code: "not-on-sale",
    status: 409,
    title: "Not on sale",
    about: "The event is closed or cancelled, or has begun.",
};
/// Lines that cannot be sold together.
pub const MIXED_LINES: Code = Code {
    code: "mixed-lines",
    status: 400,
    title: "Lines of several sellers",
    about: "All lines of one hold, booking or order belong to one organizer and one currency. Send one request for each.",
};
/// The price is another one.
pub const PRICE_CHANGED: Code = Code {
    code: "price-changed",
    status: 409,
    title: "The price has changed",
    about: "The price that the request names is not the price now. Read the ticket types again.",
};
/// The hold is over.
pub const HOLD_OVER: Code = Code {
    code: "hold-over",
    status: 409,
    title: "The hold is over",
    about: "The hold ran out or was given back. Take another one.",
};
/// The hold belongs to an order.
pub const HOLD_CLAIMED: Code = Code {
    code: "hold-claimed",
    status: 409,
    title: "The hold is claimed",
    about: "An order pays for this hold. Cancel the booking of the same id to give the places back.",
};
/// Fewer places are held than are to be given back.
pub const FEWER_HELD: Code = Code {
    code: "fewer-held",
    status: 409,
    title: "Fewer places are held",
    about: "The holds of the caller that no order has claimed have fewer places of this ticket type than are to be given back. Nothing was given back.",
};
/// The end of a hold was put off twice.
pub const HOLD_EXTENDED_TWICE: Code = Code {
    code: "hold-extended-twice",
    status: 409,
    title: "The hold was extended twice",
    about: "A hold can be extended twice in its life. Book from it before it runs out.",
};
/// A cancelled event.
pub const EVENT_CANCELLED: Code = Code {
    code: "event-cancelled",
    status: 409,
    title: "The event is cancelled",
    about: "A cancelled event stays cancelled. Make another event.",
};
/// What is to be deleted is needed.
pub const IN_USE: Code = Code {
    code: "in-use",
    status: 409,
    title: "In use",
    about: "What is to be deleted is needed: places of the event or of the ticket type are held or sold, or events are at the venue. Cancel the bookings, or let holds run out, and ask again. To end the sale at once, close the event.",
};
/// One has to stay.
pub const LAST_ONE: Code = Code {
    code: "last-one",
    status: 409,
    title: "The last one stays",
    about: "An event has at least one ticket type, and an organizer at least one member. Add another one first.",
};
/// Too many ticket types.
pub const TOO_MANY_TICKET_TYPES: Code = Code {
    code: "too-many-ticket-types",
    status: 409,
    title: "Too many ticket types",
    about: "An event has at most 100 ticket types.",
};
/// A slug that exists.
pub const SLUG_TAKEN: Code =
    Code { code: "slug-taken", status: 409, title: "The slug is taken", about: "Another organizer has this slug." };
/// Too small a capacity.
pub const CAPACITY_TAKEN: Code = Code {
    code: "capacity-taken",
    status: 409,
    title: "Places are taken",
    about: "The capacity cannot be set below what is held and sold.",
};
/// Several quotas.
pub const SEVERAL_QUOTAS: Code = Code {
    code: "several-quotas",
    status: 409,
    title: "The event has several quotas",
    about: "The capacity of an event can be set where one quota holds all its places; otherwise set each quota's at\n`/api/v1/quotas/{id}`. `/api/v1/events/{id}/quotas` lists them.",
};

/// All codes of this service.
pub const CODES: &[&Code] = &[
    &SOLD_OUT,
    &NOT_ON_SALE,
    &MIXED_LINES,
    &PRICE_CHANGED,
    &HOLD_OVER,
    &HOLD_CLAIMED,
    &FEWER_HELD,
    &HOLD_EXTENDED_TWICE,
    &EVENT_CANCELLED,
    &IN_USE,
    &LAST_ONE,
    &TOO_MANY_TICKET_TYPES,
    &SLUG_TAKEN,
    &CAPACITY_TAKEN,
    &SEVERAL_QUOTAS,
];

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::Fixed(field) => return Self::field(field, codes::field::FORMAT, refusal.to_string()),
            Refusal::PastStart => return Self::field("startsAt", codes::field::RANGE, refusal.to_string()),
            Refusal::SoldOut { .. } => &SOLD_OUT,
            Refusal::NotOnSale(_) => &NOT_ON_SALE,
            Refusal::MixedLines => &MIXED_LINES,
            Refusal::NoLines => &codes::INVALID,
            Refusal::PriceChanged => &PRICE_CHANGED,
            Refusal::NotFound { .. } => &codes::NOT_FOUND,
            Refusal::HoldOver => &HOLD_OVER,
            Refusal::HoldClaimed => &HOLD_CLAIMED,
            Refusal::FewerHeld { .. } => &FEWER_HELD,
            Refusal::ExtendedTwice => &HOLD_EXTENDED_TWICE,
            Refusal::Cancelled => &EVENT_CANCELLED,
            Refusal::InUse(_) => &IN_USE,
            Refusal::LastOne(_) => &LAST_ONE,
            Refusal::TooManyTypes => &TOO_MANY_TICKET_TYPES,
            Refusal::NotAMember(_) => &codes::FORBIDDEN,
            Refusal::SlugTaken(_) => &SLUG_TAKEN,
            Refusal::CapacityTaken { .. } => &CAPACITY_TAKEN,
            Refusal::SeveralQuotas => &SEVERAL_QUOTAS,
            Refusal::QuotaMissing(_) | Refusal::TooEarly => &codes::INTERNAL,
        };
        Self::new(code, refusal.to_string())
    }
}
