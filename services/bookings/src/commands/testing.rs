//! Rows for the unit tests of the commands.

use std::time::Duration;

use boxoffice_clock::{Entropy, Timestamp};
use boxoffice_contracts::{
    BookingId, Currency, EventId, Line, Lines, OrganizerId, PaymentToken, Quantity, TicketTypeId, UserId,
};
use boxoffice_envelope::Origin;
use boxoffice_writer::{Command, CommandContext, UnitOfWork};
use uuid::Uuid;

use super::CreateBooking;
use crate::store::{Booking, Customer};

/// Time from the creation of [`booking`] to its deadline.
pub(super) const DEADLINE: Duration = Duration::from_secs(60);

/// The context of a command that runs `seconds` after [`booking`] was created.
pub(super) fn context_after(seconds: u64) -> CommandContext {
    let now = Timestamp::from_micros(1_900_000_000_000_000).plus(Duration::from_secs(seconds));
    CommandContext::new(now, Origin::of_task("ann"), Entropy::seeded(7))
}

pub(super) fn id() -> BookingId {
    BookingId::from(Uuid::from_u128(1))
}

pub(super) fn user() -> UserId {
    UserId::from(7)
}

/// The command that books two seats.
pub(super) fn create_booking() -> CreateBooking {
    let line = Line {
        event_id: EventId::from(3),
        ticket_type_id: TicketTypeId::from(5),
        name: "Floor".into(),
        quantity: Quantity::new(2).unwrap(),
        unit_price_minor: 2550,
    };
    CreateBooking {
        id: id(),
        user: user(),
        organizer: OrganizerId::from(1),
        lines: Lines::from(vec![line]),
        currency: Currency::EUR,
        payment_token: PaymentToken::from("tok_ok".to_owned()),
        deadline: DEADLINE,
    }
}

/// The PENDING booking of [`create_booking`].
pub(super) fn booking() -> Booking {
    let mut work = UnitOfWork::default().without_row::<Booking>(id()).without_row::<Customer>(user());
    create_booking().decide(&mut work, &context_after(0)).unwrap().booking
}
