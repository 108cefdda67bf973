//! What services may say to each other. A type is here only when it crosses the boundary of a service.
//!
//! Owns: [`ids`], amounts ([`Money`], [`Currency`], [`Decimal`]), what is bought ([`Line`], [`Quantity`]), [`Reason`],
//! the [`events`] and the table of the saga. No I/O, nothing async, and nothing of ours but the envelope.

pub mod as_text;
pub mod events;
pub mod ids;

mod decimal;
mod item;
mod lines;
mod money;
mod payment_token;
mod reason;
mod words;

pub use decimal::{Decimal, MalformedDecimal};
pub use ids::{
    BookingId, EventId, MalformedId, NotificationId, OrganizerId, QuotaId, TicketId, TicketTypeId, UserId, VenueId,
};
pub use item::Item;
pub use lines::{Line, Lines, Quantity, QuantityOutOfRange};
pub use money::{Currency, Money, MoneyError, UnknownCurrency};
pub use payment_token::PaymentToken;
pub use reason::Reason;
pub use words::UnknownWord;
