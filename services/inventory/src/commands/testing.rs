//! Rows for the unit tests of the commands: event 1 on sale, whose ticket type 1 draws from quota 1 with 5 seats.

use std::time::Duration;

use boxoffice_clock::{Entropy, Timestamp};
use boxoffice_contracts::{BookingId, Currency, EventId, Line, Lines, OrganizerId, Quantity, QuotaId, TicketTypeId};
use boxoffice_database::Json;
use boxoffice_envelope::Origin;
use boxoffice_writer::{CommandContext, UnitOfWork};
use uuid::Uuid;

use crate::{
    domain::{EventStatus, HoldStatus},
    store::{Event, Hold, Quota, TicketType},
};

pub(super) const NOW: Timestamp = Timestamp::from_micros(1_900_000_000_000_000);

pub(super) fn context() -> CommandContext {
    CommandContext::new(NOW, Origin::of_task("ann"), Entropy::seeded(7))
}

/// The time `seconds` after [`NOW`].
pub(super) fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

pub(super) fn id() -> BookingId {
    BookingId::from(Uuid::from_u128(1))
}

pub(super) fn lines(quantity: u32) -> Lines {
    vec![Line {
        event_id: EventId::from(1),
        ticket_type_id: TicketTypeId::from(1),
        name: "Floor".into(),
        quantity: Quantity::new(quantity).unwrap(),
        unit_price_minor: 2550,
    }]
    .into()
}

/// A hold of Ann with two seats. It expires 60 s after [`NOW`] if its status is `held`.
pub(super) fn hold(status: HoldStatus) -> Hold {
    let mut hold = Hold::untaken(id(), OrganizerId::from(1), "ann".into(), Currency::EUR, NOW);
    hold.hold_lines = Json(lines(2));
    hold.status = status;
    hold.expires_at = (status == HoldStatus::Held).then(|| after(60));
    hold
}

/// The rows of the catalogue, with these seats held and sold.
pub(super) fn work(held: i64, sold: i64) -> UnitOfWork {
    let (event_id, organizer_id) = (EventId::from(1), OrganizerId::from(1));
    let event = Event {
        id: event_id,
        organizer_id,
        venue_id: None,
        name: "Night".into(),
        description: String::new(),
        starts_at: after(3600),
        time_zone: "UTC".into(),
        currency: Currency::EUR,
        status: EventStatus::OnSale,
        version: 1,
    };
    let ticket_type = TicketType {
        id: TicketTypeId::from(1),
        event_id,
        organizer_id,
        quota_id: QuotaId::from(1),
        name: "Floor".into(),
        price_minor: 2550,
        currency: Currency::EUR,
        version: 1,
    };
    let quota = Quota { id: QuotaId::from(1), event_id, organizer_id, capacity: 5, held, sold, version: 1 };
    UnitOfWork::default().with_row(event).with_row(ticket_type).with_row(quota)
}

/// The held and the sold seats of quota 1.
pub(super) fn seats(work: &UnitOfWork) -> (i64, i64) {
    work.get::<Quota>(QuotaId::from(1)).map(|quota| (quota.held, quota.sold)).unwrap()
}

/// The status of the hold.
pub(super) fn status(work: &UnitOfWork) -> HoldStatus {
    work.get::<Hold>(id()).unwrap().status
}
