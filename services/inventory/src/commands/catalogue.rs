//! What the shop window shows: organizers, their members, venues, events, ticket types and capacities.

mod event;
mod organizer;
mod quota;
mod ticket_type;
mod venue;

pub use event::{ChangeEvent, CreateEvent, DeleteEvent, NewTicketType};
pub use organizer::{AddMember, CreateOrganizer, RemoveMember};
pub use quota::{SetCapacity, SetQuota};
pub use ticket_type::{ChangeTicketType, CreateTicketType, DeleteTicketType, Places};
pub use venue::{ChangeVenue, CreateVenue, DeleteVenue};

use crate::error::Refusal;

fn not_found(what: &'static str, id: impl ToString) -> Refusal {
    Refusal::NotFound { what, id: id.to_string() }
}
