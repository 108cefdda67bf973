//! What every service is bolted to, and nothing of tickets in it.
//!
//! - [`problem`] and [`codes`]: how a request is refused (RFC 9457), and the closed list of codes that are everyone's.
//! - [`extract`]: strict input. Whatever a handler takes from a request goes through one of these, and is refused with a
//!   problem that names the field.
//! - [`context`]: the correlation id and the trace that a request is part of.
//! - [`SingleFlight`] and [`Watched`]: two requests with one key are one attempt, and whoever prefers to wait for a final
//!   state is woken by it.
//!
//! A service adds a code by declaring a `const` [`Code`] beside its own refusals, with the Markdown that goes into
//! docs/errors.md; it adds an extractor only when what it takes from a request is nobody else's.

pub mod codes;
pub mod context;
pub mod extract;
pub mod problem;

mod failure;
mod single_flight;
mod text;
mod watch;

pub use failure::created;
pub use problem::{Code, FieldError, Problem};
pub use single_flight::{Flight, SingleFlight};
pub use watch::Watched;
