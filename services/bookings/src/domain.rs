//! Nouns and rules: the course that a booking takes, what is shown of it, and its tickets. Pure.

mod course;
mod ticket;
mod timeline;

pub use course::{Course, Payment, Status, Turn};
pub use ticket::{TicketStatus, places, ticket_code};
pub use timeline::{Entry, Milestone, Timeline};

/// Lines of one booking.
pub const MAX_LINES: usize = 20;
