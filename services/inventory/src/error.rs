//! The refusals of inventory and their error codes.

use boxoffice_contracts::TicketTypeId;
use boxoffice_http::{Code, Problem, codes};

/// Why a command was refused. A refused command changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Fewer seats are available than requested.
    #[error("{requested} seats requested, {available} available")]
    SoldOut {
        /// Seats requested from one quota.
        requested: i64,
        /// Seats available in that quota.
        available: i64,
    },
    /// The event is closed or cancelled, or has started.
    #[error("event {0} is not on sale")]
    NotOnSale(i64),
    /// The lines have several organizers or currencies.
    #[error("all lines must have the same organizer and currency")]
    MixedLines,
    /// The start of an event is not in the future.
    #[error("expected a time in the future")]
    PastStart,
    /// The request changes a field, of this name, that cannot be changed.
    #[error("cannot be changed")]
    Fixed(&'static str),
    /// The event is cancelled, which is final.
    #[error("the event is cancelled, which is final")]
    Cancelled,
    /// Other data depends on the resource to delete.
    #[error("{0}")]
    InUse(&'static str),
    /// The last one of its kind cannot be removed.
    #[error("{0}")]
    LastOne(&'static str),
    /// The event has the largest number of ticket types.
    #[error("an event has at most {} ticket types", crate::domain::MAX_TICKET_TYPES)]
    TooManyTypes,
    /// The hold was extended as often as possible.
    #[error("a hold can be extended {} times", crate::domain::MAX_EXTENSIONS)]
    ExtendedTwice,
    /// The request has no line.
    #[error("expected at least one line")]
    NoLines,
    /// The current price differs from the price in the order.
    #[error("the price has changed since the order was placed")]
    PriceChanged,
    /// The resource does not exist or belongs to another caller.
    #[error("there is no {what} {id}")]
    NotFound {
        /// The kind of resource.
        what: &'static str,
        /// The id in the request.
        id: String,
    },
    /// The hold expired or was released.
    #[error("the hold has expired or was released")]
    HoldOver,
    /// An order has claimed the hold.
    #[error("an order has claimed the hold: cancel its booking instead")]
    HoldClaimed,
    /// The caller's unclaimed holds have fewer seats of the ticket type.
    #[error("{requested} seats to return, {held} in holds that no order has claimed")]
    FewerHeld {
        /// Number of seats to return.
        requested: u32,
        /// Seats that the holds have.
        held: u32,
    },
    /// The caller is not a member of the organizer.
    #[error("the token does not act for organizer {0}")]
    NotAMember(i64),
    /// Another organizer has the slug.
    #[error("the slug {0:?} is taken")]
    SlugTaken(String),
    /// The capacity would be below the number of held and sold seats.
    #[error("{taken} seats are held or sold already")]
    CapacityTaken {
        /// The number of held and sold seats.
        taken: i64,
    },
    /// The event has several quotas, so its capacity cannot be set as one number.
    #[error("the event has several quotas: set the capacity of one of them at /api/v1/quotas/{{id}}")]
    SeveralQuotas,
    /// A line names a ticket type without a stored quota. Ticket types with seats are never deleted, so the data is
    /// inconsistent.
    #[error("ticket type {0} has no stored quota: run `boxoffice verify`")]
    QuotaMissing(TicketTypeId),
    /// The message arrived before the one that it follows; the writer redelivers it.
    #[error("too early: the hold of this order is not claimed yet")]
    TooEarly,
}

/// Fewer seats are available than requested.
pub const SOLD_OUT: Code = Code {
    code: "sold-out",
    status: 409,
    title: "Sold out",
    about: "Fewer seats were available than requested. Seats in holds of other buyers may become available again: repeat the request later, or request fewer seats.",
};
/// The tickets of the event cannot be bought now.
pub const NOT_ON_SALE: Code = Code {
    code: "not-on-sale",
    status: 409,
    title: "Not on sale",
    about: "The event is closed or cancelled, or has started.",
};
/// The lines cannot be sold together.
pub const MIXED_LINES: Code = Code {
    code: "mixed-lines",
    status: 400,
    title: "Lines of several sellers",
    about: "All lines of one hold, booking or order must have the same organizer and currency. Send a request for each combination.",
};
/// The price differs from the one in the request.
pub const PRICE_CHANGED: Code = Code {
    code: "price-changed",
    status: 409,
    title: "The price has changed",
    about: "The price in the request differs from the current price. Read the ticket types again.",
};
/// The hold expired or was released.
pub const HOLD_OVER: Code = Code {
    code: "hold-over",
    status: 409,
    title: "The hold is over",
    about: "The hold expired or was released. Create another one.",
};
/// An order has claimed the hold.
pub const HOLD_CLAIMED: Code = Code {
    code: "hold-claimed",
    status: 409,
    title: "The hold is claimed",
    about: "An order has claimed this hold. Cancel the booking with the same id to release the seats.",
};
/// The holds have fewer seats than the request returns.
pub const FEWER_HELD: Code = Code {
    code: "fewer-held",
    status: 409,
    title: "Fewer seats are held",
    about: "The unclaimed holds of the caller have fewer seats of this ticket type than the request returns. No seat was returned.",
};
/// The hold cannot be extended again.
pub const HOLD_EXTENDED_TWICE: Code = Code {
    code: "hold-extended-twice",
    status: 409,
    title: "The hold was extended twice",
    about: "A hold can be extended twice. Create a booking from it before it expires.",
};
/// The event is cancelled and cannot be put on sale.
pub const EVENT_CANCELLED: Code = Code {
    code: "event-cancelled",
    status: 409,
    title: "The event is cancelled",
    about: "Cancelling an event is final. Create another event.",
};
/// Other data depends on the resource to delete.
pub const IN_USE: Code = Code {
    code: "in-use",
    status: 409,
    title: "In use",
    about: "Other data depends on the resource: seats of the event or of the ticket type are held or sold, or events take place at the venue. Cancel the bookings, or wait until the holds expire, and repeat the request. To stop the sale immediately, close the event.",
};
/// The last one of its kind cannot be removed.
pub const LAST_ONE: Code = Code {
    code: "last-one",
    status: 409,
    title: "The last one cannot be removed",
    about: "An event has at least one ticket type, and an organizer at least one member. Add another one first.",
};
/// The event has the largest number of ticket types.
pub const TOO_MANY_TICKET_TYPES: Code = Code {
    code: "too-many-ticket-types",
    status: 409,
    title: "Too many ticket types",
    about: "An event has at most 100 ticket types.",
};
/// The slug belongs to another organizer.
pub const SLUG_TAKEN: Code =
    Code { code: "slug-taken", status: 409, title: "The slug is taken", about: "Another organizer has this slug." };
/// The capacity is below the number of held and sold seats.
pub const CAPACITY_TAKEN: Code = Code {
    code: "capacity-taken",
    status: 409,
    title: "Seats are taken",
    about: "The capacity cannot be set below the number of held and sold seats.",
};
/// The event has several quotas.
pub const SEVERAL_QUOTAS: Code = Code {
    code: "several-quotas",
    status: 409,
    title: "The event has several quotas",
    about: "The capacity of an event can be set when the event has one quota; otherwise set the capacity of each quota at\n`/api/v1/quotas/{id}`. `/api/v1/events/{id}/quotas` lists them.",
};

/// The error codes of this service.
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
