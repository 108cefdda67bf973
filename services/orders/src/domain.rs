//! The status of an order and its transitions. No I/O.

mod status;

pub use status::{OrderInput, OrderOutcome, OrderStatus, Transition};
