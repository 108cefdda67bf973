//! The commands of organizers on their catalogue: members, venues, events, ticket types and capacities.

mod event;
mod organizer;
mod quota;
mod ticket_type;
mod venue;

pub use event::{ChangeEvent, CreateEvent, DeleteEvent, NewTicketType};
pub use organizer::{AddMember, CreateOrganizer, RemoveMember};
pub use quota::{SetCapacity, SetQuota};
pub use ticket_type::{ChangeTicketType, CreateTicketType, DeleteTicketType, QuotaSource};
pub use venue::{ChangeVenue, CreateVenue, DeleteVenue};

use super::not_found;
