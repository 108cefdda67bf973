//! The commands on events: create, change and delete.

mod change;
mod create;
mod delete;

pub use change::ChangeEvent;
pub use create::{CreateEvent, NewTicketType};
pub use delete::DeleteEvent;

pub(super) use create::insert_ticket_type;
