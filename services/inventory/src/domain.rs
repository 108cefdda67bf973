//! Rules of the catalogue and of holds: pure types and functions without I/O, clock or database.
//!
//! [`HoldState::apply`] decides what happens to a hold and to the seats of its quotas; [`EventStatus::apply`] decides
//! whether an event is on sale. No other code chooses a status.

mod event;
mod event_status;
mod hold_status;
mod lines;
mod seats;

pub use event::{MAX_PRICE, MAX_TICKET_TYPES, is_time_zone, price_minor};
pub use event_status::{EventInput, EventStatus, EventTransition};
pub use hold_status::{HoldInput, HoldState, HoldStatus, HoldTransition, MAX_EXTENSIONS};
pub use lines::{SeatRequest, matches_order, reason_of, seller, split_lines};
pub use seats::{MAX_CAPACITY, SeatChange, Seats};
