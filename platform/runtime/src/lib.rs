//! The runtime of services in one process.
//!
//! - [`Service`]: the declaration of a service. [`System`] assembles it from [`Parts`] into [`Assembled`], with its
//!   [`Task`]s.
//! - [`System`]: starts services and connects them to each other.
//! - [`health`]: liveness and readiness.
//! - [`telemetry`]: logs and metrics.

pub mod health;
pub mod telemetry;

mod service;
mod system;

pub use service::{Assembled, Parts, Service, Task};
pub use system::{DeliveryFaults, OutboxSettings, RunningService, Setup, System};
