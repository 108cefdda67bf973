//! The composition of services and how they run in one process.
//!
//! - [`Service`]: a service as a value. It is assembled from [`Parts`] into [`Assembled`], with its [`Task`]s.
//! - [`System`]: services wired to each other in one process.
//! - [`health`]: liveness and readiness.
//! - [`telemetry`]: logs and metrics.

pub mod health;
pub mod telemetry;

mod service;
mod system;

pub use service::{Assembled, Parts, Service, Task};
pub use system::{DeliveryFaults, OutboxSettings, RunningService, Setup, System};
