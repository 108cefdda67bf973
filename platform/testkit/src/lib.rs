//! The test harness of all services. Depend on it in `[dev-dependencies]` only.
//!
//! - [`TestService`]: one service with a real database in a temporary folder, a clock that tests advance, seeded
//!   randomness, tokens, and its router called in process. Nothing else runs: a test delivers events to the service,
//!   reads what it published, and replaces the services that it calls with [`FakeService`]s.
//! - [`TestSystem`]: several services wired to each other as in production, with requests through one router, injected
//!   faults, restarts and audits.
//! - [`FakeService`]: a stand-in for a service that the tested one calls: canned answers, recorded requests, outages
//!   and delays.
//! - [`FaultInjection`] and [`CrashPoint`]: crashes around a commit, late messages and early messages.
//! - [`eventually`]: waits for a condition and fails after [`WAIT_LIMIT`].
//! - [`writer`]: the same helpers for tests that have a [`Writer`](boxoffice_writer::Writer) and no service.
//!
//! # Testing a new service
//!
//! `services/users/tests/it/harness.rs` is the pattern.
//!
//! 1. Add `boxoffice-testkit.workspace = true` to `[dev-dependencies]`.
//! 2. Start the service with `TestService::builder(boxoffice_x::service())`, then `.setting(..)`, `.fake(&FakeService)`,
//!    `.probe(..)`, `.without_tasks()` as needed, then `.start()`.
//! 3. Replace the services that it calls by [`FakeService`]s: `.answer("GET /internal/x/{id}", 200, json)` for canned
//!    answers, `FakeService::with_router` for handlers that keep state.
//! 4. Keep in `tests/it/harness.rs` only helpers of the domain: sample commands, sample events, shorthand reads.
#![expect(clippy::unwrap_used, reason = "a test harness fails by panicking")]

mod fake_service;
mod faults;
mod http;
mod service;
mod system;
mod wait;
pub mod writer;

pub use fake_service::{FakeService, ReceivedRequest};
pub use faults::{CrashPoint, Fault, FaultInjection};
pub use http::{TestResponse, request, send};
pub use service::{TestService, TestServiceBuilder};
pub use system::{TestSystem, TestSystemBuilder};
pub use wait::{WAIT_LIMIT, eventually};
