//! Rows for the unit tests of the commands.

use boxoffice_clock::{Entropy, Timestamp};
use boxoffice_contracts::{
    BookingId, Currency, OrganizerId, UserId,
    events::{PlacedThrough, Refund},
};
use boxoffice_database::Json;
use boxoffice_envelope::Origin;
use boxoffice_writer::{Command, CommandContext, UnitOfWork};
use uuid::Uuid;

use crate::{domain::OrderStatus, error::Refusal, store::Order};

pub(super) fn context() -> CommandContext {
    CommandContext::new(Timestamp::from_micros(7), Origin::default(), Entropy::seeded(7))
}

pub(super) fn id() -> BookingId {
    BookingId::from(Uuid::from_u128(1))
}

/// An order without lines.
pub(super) fn order(status: OrderStatus) -> Order {
    Order {
        id: id(),
        user_id: UserId::from(7),
        organizer_id: OrganizerId::from(3),
        order_lines: Json::default(),
        total_minor: 0,
        currency: Currency::EUR,
        status,
        reason: None,
        refund: Refund::None,
        placed_through: PlacedThrough::Bookings,
        created_at: Timestamp::from_micros(7),
        history_count: 1,
        version: 1,
    }
}

/// Runs the command on an order with the status `from`: the order afterwards, and the kinds of the published events.
pub(super) fn decided(
    command: &impl Command<Answer = (), Refusal = Refusal>,
    from: OrderStatus,
) -> (Order, Vec<String>) {
    let mut work = UnitOfWork::default().with_row(order(from));
    command.decide(&mut work, &context()).unwrap();
    let kinds = work.published().iter().map(|message| message.kind.to_string()).collect();
    (work.get::<Order>(id()).unwrap().clone(), kinds)
}

/// Expects that the command changes nothing in these statuses, and refuses an unknown order.
pub(super) fn expect_no_effect(command: &impl Command<Answer = (), Refusal = Refusal>, statuses: &[OrderStatus]) {
    for status in statuses {
        assert_eq!(decided(command, *status), (order(*status), Vec::new()), "{status:?}");
    }
    let mut work = UnitOfWork::default().without_row::<Order>(id());
    assert_eq!(command.decide(&mut work, &context()), Err(Refusal::UnknownOrder(id())));
}
