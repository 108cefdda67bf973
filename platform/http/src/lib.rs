//! HTTP for every service.
//!
//! - [`problem`] and [`codes`]: the problem details of a refused request (RFC 9457), and the codes that all services share.
//! - [`extract`]: strict extractors. A handler reads all input through them; invalid input is refused with a problem that
//!   names the field.
//! - [`context`]: the correlation id and the trace of a request.
//! - [`metrics`]: the counts of requests and refusals.
//! - [`middleware`]: the middleware around every router, within the [`limits`] of a request's head.
//! - [`openapi`]: the refusals that all operations share, in their OpenAPI documents.
//! - [`server`]: the HTTP server with graceful shutdown.
//! - [`client`]: calls to other services.
//! - [`panics`]: a handler that panics is answered with 500, and all panics are logged.
//! - [`SingleFlight`] and [`StatusWatch`]: one request at a time for each idempotency key, and waiting for a final status.
//! - [`run_idempotent`]: runs a command once for its `Idempotency-Key`, and reads its result again for a repeated request.
//!
//! A service adds a code by declaring a `const` [`Code`] beside its refusals, with the Markdown for docs/errors.md. An
//! extractor that only one service needs belongs to that service.

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
