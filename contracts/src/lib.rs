//! Types that cross service boundaries: ids, amounts, lines, events and the saga table. A type that only one service
//! uses belongs to that service.
//!
//! This crate owns [`ids`]; amounts ([`Money`], [`Currency`], [`Decimal`]); purchased tickets ([`Lines`], [`Quantity`],
//! and [`Item`], their form in events); [`Reason`]; the [`events`]; and the [`saga`], the table of publishers, consumers
//! and compensations. It does no I/O, is not async, and depends on no other workspace crate but the envelope.
//!
//! # Add a message to the saga
//!
//! 1. Add a struct to the file of the publishing service, `src/events/SERVICE.rs`: camelCase in JSON, numeric ids with
//!    `#[serde(with = "as_text")]`, amounts as [`Decimal`] next to a `currency`, people by id only, no field `eventId`,
//!    `eventType` or `timestamp`. Implement [`Event`](boxoffice_envelope::Event) with a `KIND` that ends in `Event` and
//!    the booking's id as key.
//! 2. Add an entry to [`events::EVENTS`] and a step to [`saga::SAGA`], both at the position where the event first
//!    occurs: its consumers with their actions, and its compensation.
//! 3. Add a sample to `tests/it/samples.rs`.
//! 4. List its schema in `src/asyncapi.rs`.
//! 5. Run `UPDATE_DOCS=1 cargo test -p boxoffice-contracts` to generate its golden file, `docs/choreography.md` and
//!    `docs/asyncapi.json`, and review them.
//! 6. Add a handler to each consuming service; its tests fail until it has one.
//!
//! To change an event, only add optional fields (`#[serde(default)]`): old and new versions of a service must be able
//! to read each other's messages.

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
mod priced_line;
mod reason;
mod requested_line;
mod string_enum;

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
pub use priced_line::PricedLine;
pub use reason::Reason;
pub use requested_line::{AmbiguousSelection, MAX_LINES, RequestedLine, Selection};
pub use string_enum::UnknownValue;
