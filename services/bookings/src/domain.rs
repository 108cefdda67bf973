//! The status of a booking, its timeline and its tickets, and the rules for each. No I/O.

mod status;
mod ticket;
mod timeline;

pub use status::{BookingInput, BookingState, BookingStatus, PaymentStatus, TicketEffect, Transition};
pub use ticket::{TicketStatus, seats, ticket_code};
pub use timeline::{Timeline, TimelineEntry, TimelineState};
