//! What every service is bolted to, and nothing of tickets in it.
//!
//! - [`problem`] and [`codes`]: how a request is refused (RFC 9457), and the closed list of codes that are everyone's.
//! - [`extract`]: strict input. Whatever a handler takes from a request goes through one of these, and is refused with a
//!   problem that names the field.
//! - [`context`]: the correlation id and the trace that a request is part of.
//! - [`frame`]: the middleware around every router, within the [`limits`] of a request's head.
//! - [`server`]: the HTTP server, which finishes what is under way before it stops.
//! - [`settings`]: configuration, from the environment and a file, typed and checked for each section.
//! - [`telemetry`]: logs and metrics.
//! - [`health`]: liveness and readiness.
//! - [`peer`]: how one service asks another, in one process or across the network.
//! - [`Service`] and [`System`]: a service as a value, and services wired to each other in one process.
//! - [`SingleFlight`] and [`Watched`]: two requests with one key are one attempt, and whoever prefers to wait for a final
//!   state is woken by it.
//!
//! A service adds a code by declaring a `const` [`Code`] beside its own refusals, with the Markdown that goes into
//! docs/errors.md; it adds an extractor only when what it takes from a request is nobody else's.

pub mod codes;
pub mod context;
pub mod extract;
pub mod frame;
pub mod health;
pub mod limits;
pub mod peer;
pub mod problem;
pub mod refusals;
pub mod server;
pub mod settings;
pub mod telemetry;

mod failure;
mod panics;
mod service;
mod single_flight;
mod system;
mod tally;
mod text;
mod watch;

pub use failure::created;
pub use frame::Frame;
pub use peer::{Peer, PeerError, Peers};
pub use problem::{Code, FieldError, Problem};
pub use service::{Assembled, Parts, Service, Task};
pub use settings::Settings;
pub use single_flight::{Flight, SingleFlight};
pub use system::{DeliveryFaults, Member, OutboxSettings, Setup, System};
pub use watch::Watched;
