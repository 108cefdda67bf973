//! HTTP for every service.
//!
//! - [`problem`] and [`codes`]: how a request is refused (RFC 9457), and the closed list of codes that are everyone's.
//! - [`extract`]: strict input. Whatever a handler takes from a request goes through one of these, and is refused with a
//!   problem that names the field.
//! - [`context`]: the correlation id and the trace that a request is part of.
//! - [`metrics`]: the counts of requests and refusals.
//! - [`middleware`]: the middleware around every router, within the [`limits`] of a request's head.
//! - [`openapi`]: the refusals that all operations share, in their OpenAPI documents.
//! - [`server`]: the HTTP server, which finishes what is under way before it stops.
//! - [`client`]: how one service asks another, in one process or across the network.
//! - [`panics`]: panics of handlers are answered, and all panics are logged.
//! - [`SingleFlight`] and [`StatusWatch`]: two requests with one key are one attempt, and whoever prefers to wait for a
//!   final state is woken by it.
//! - [`run_idempotent`]: runs a command once for its `Idempotency-Key`, and reads its result again for a repeated request.
//!
//! A service adds a code by declaring a `const` [`Code`] beside its own refusals, with the Markdown that goes into
//! docs/errors.md; it adds an extractor only when what it takes from a request is nobody else's.

pub mod client;
pub mod codes;
pub mod context;
pub mod extract;
pub mod limits;
pub mod metrics;
pub mod middleware;
pub mod openapi;
pub mod panics;
pub mod problem;
pub mod server;

mod idempotent;
mod outcome;
mod single_flight;
mod status_watch;

pub use client::{ClientError, ServiceClient, ServiceClients};
pub use idempotent::{Outcome, run_idempotent};
pub use middleware::Middleware;
pub use outcome::created;
pub use problem::{Code, FieldError, Problem};
pub use single_flight::{FlightGuard, SingleFlight};
pub use status_watch::StatusWatch;
