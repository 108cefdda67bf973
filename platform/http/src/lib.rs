//! The HTTP layer of every service.
//!
//! - [`problem`] and [`codes`]: error responses (RFC 9457), and the error codes that all services share.
//! - [`extract`]: extractors that validate all input of handlers and refuse it with a problem that names the field.
//! - [`context`]: the correlation id and the trace of a request.
//! - [`metrics`]: counts of requests and refusals.
//! - [`middleware`]: the middleware around every router, within the [`limits`] of a request's head.
//! - [`openapi`]: completes OpenAPI documents with the refusals that all operations share.
//! - [`server`]: the HTTP server, with a graceful shutdown.
//! - [`client`]: calls to other services, in one process or across the network.
//! - [`panics`]: turns panics of handlers into responses, and logs all panics.
//! - [`SingleFlight`]: lets requests with one key run one after another.
//! - [`StatusWatch`]: lets a request wait for the final status of a resource.
//! - [`run_idempotent`]: runs a command once for its `Idempotency-Key`, and reads its result again for a repeated request.
//!
//! To add an error code, declare a `const` [`Code`] beside the refusals of the service; its Markdown appears in
//! docs/errors.md. A service adds an extractor of its own only for input that no other service has.

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
pub use idempotent::{Outcome, run_idempotent, run_idempotent_for_id};
pub use middleware::Middleware;
pub use outcome::created;
pub use problem::{Code, FieldError, Problem};
pub use single_flight::{SingleFlight, SingleFlightGuard};
pub use status_watch::StatusWatch;
