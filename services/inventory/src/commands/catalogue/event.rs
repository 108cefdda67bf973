//! Events.

mod change;
mod create;
mod delete;

pub use change::ChangeEvent;
pub use create::{CreateEvent, NewTicketType};
pub use delete::DeleteEvent;

pub(super) use create::add_type;
