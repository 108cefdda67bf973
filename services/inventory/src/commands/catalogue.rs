//! What the shop window shows: organizers, their members, venues, events, ticket types and capacities.

mod event;
mod organizer;
mod quota;
mod ticket_type;
mod venue;

pub use event::{CreateEvent, NewTicketType};
pub use organizer::{AddMember, CreateOrganizer, RemoveMember};
pub use quota::SetCapacity;
pub use ticket_type::CreateTicketType;
pub use venue::CreateVenue;

use crate::error::Refusal;

fn not_found(what: &'static str, id: impl ToString) -> Refusal {
    Refusal::NotFound { what, id: id.to_string() }
}
