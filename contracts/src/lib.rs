//! What services may say to each other. A type is here only when it crosses the boundary of a service.
//!
//! Owns: [`ids`]; amounts ([`Money`], [`Currency`], [`Decimal`]); what is bought ([`Lines`], [`Quantity`], and [`Item`],
//! their form in events); [`Reason`]; the [`events`]; the [`saga`], which is the table of who says, who hears and what
//! undoes it. No I/O, nothing async, and nothing of ours but the envelope.
//!
//! # To add an event
//!
//! 1. Write a struct into the file of the service that says it, `src/events/SERVICE.rs`: camelCase in JSON, ids of
//!    numbers with `#[serde(with = "as_text")]`, amounts as [`Decimal`] beside a `currency`, no person but by id, no
//!    field `eventId`, `eventType` or `timestamp`. Give it its [`Event`](boxoffice_envelope::Event): a `KIND` that ends
//!    in `Event`, and the booking's id as key.
//! 2. Add a line to [`events::EVENTS`] and a step to [`saga::SAGA`], both at the place where it first happens: who
//!    hears it and does what, and which event undoes it.
//! 3. Add a sample to `tests/it/samples.rs`.
//! 4. Name its schema in `src/asyncapi.rs`.
//! 5. `UPDATE_DOCS=1 cargo test -p boxoffice-contracts` prints its golden file, `docs/choreography.md` and
//!    `docs/asyncapi.json`; read them.
//! 6. The tests of the services that hear it fail until each has its reaction.
//!
//! To change an event, only add optional fields (`#[serde(default)]`): messages written before the change are read
//! after it, and the other way round.

pub mod as_text;
pub mod events;
pub mod ids;
pub mod saga;

mod asyncapi;
mod card_number;
mod choreography;
mod decimal;
mod item;
mod lines;
mod money;
mod payment_token;
mod reason;
mod requested_line;
mod words;

pub use asyncapi::asyncapi_json;
pub use card_number::has_card_number;
pub use choreography::choreography_markdown;
pub use decimal::{Decimal, MalformedDecimal};
pub use ids::{
    BookingId, EventId, MalformedId, NotificationId, OrganizerId, QuotaId, TicketId, TicketTypeId, UserId, VenueId,
};
pub use item::Item;
pub use lines::{Line, Lines, Quantity, QuantityOutOfRange};
pub use money::{Currency, Money, MoneyError, UnknownCurrency};
pub use payment_token::PaymentToken;
pub use reason::Reason;
pub use requested_line::{AmbiguousSelection, MAX_LINES, RequestedLine, Selection};
pub use words::UnknownWord;
