//! Damage to quotas, holds and tickets.

use boxoffice_bookings::{domain::TicketStatus, store::Ticket};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Line, Quantity};
use boxoffice_database::Json;
use boxoffice_inventory::{
    domain::HoldStatus,
    store::{Hold, Quota},
};
use uuid::Uuid;

use super::{Case, booking, case};
use crate::audit::damage::DataCopy;

/// Changes every line of a hold.
fn lines(copy: &DataCopy, id: Uuid, change: fn(&mut Line)) {
    copy.edit::<Hold>(
        "inventory",
        |hold| hold.id.get() == id,
        |hold| {
            let mut lines = hold.hold_lines.0.to_vec();
            lines.iter_mut().for_each(change);
            hold.hold_lines = Json(lines.into());
        },
    );
}

/// Changes the first ticket of a booking and returns its previous version.
fn ticket(copy: &DataCopy, id: Uuid, change: fn(&mut Ticket)) -> Ticket {
    let first = |ticket: &Ticket| ticket.booking_id.get() == id;
    let before = copy.row("bookings", first);
    copy.edit("bookings", first, change);
    before
}

pub const CASES: &[Case] = &[
    case("I1", &["I2", "I4"], "a hold takes more seats than the capacity", |copy, ids| {
        copy.refuses::<Quota>("inventory", |_| true, |quota| quota.capacity = 1);
        lines(copy, ids.sold, |line| line.quantity = Quantity::new(100).unwrap());
        "quota 1:".into()
    }),
    case("I1", &["I2", "I4"], "a hold has an unknown ticket type", |copy, ids| {
        lines(copy, ids.sold, |line| line.ticket_type_id = 99.into());
        format!("hold {}", ids.sold)
    }),
    case("I2", &[], "a quota counts a seat that no hold takes", |copy, _| {
        copy.refuses::<Quota>("inventory", |_| true, |quota| quota.held = -1);
        copy.edit::<Quota>("inventory", |_| true, |quota| quota.held += 1);
        "quota 1:".into()
    }),
    case("I2", &[], "a quota does not count a sold seat", |copy, _| {
        copy.edit::<Quota>("inventory", |_| true, |quota| quota.sold -= 1);
        "quota 1:".into()
    }),
    case("I4", &[], "a hold has another price than its booking", |copy, ids| {
        lines(copy, ids.sold, |line| line.unit_price_minor += 1);
        format!("hold {}: its lines are not those of its booking", ids.sold)
    }),
    case("I11", &["I2", "I16"], "the hold of a confirmed booking is not sold", |copy, ids| {
        copy.edit::<Hold>("inventory", |hold| hold.id.get() == ids.sold, |hold| hold.status = HoldStatus::Claimed);
        booking(ids.sold)
    }),
    case("I11", &[], "a ticket of a confirmed booking is void", |copy, ids| {
        ticket(copy, ids.sold, |ticket| ticket.status = TicketStatus::Void);
        booking(ids.sold)
    }),
    case("I11", &["I27"], "a ticket of a confirmed booking is missing", |copy, ids| {
        copy.remove::<Ticket>("bookings", |ticket| ticket.booking_id.get() == ids.sold);
        booking(ids.sold)
    }),
    case("I12", &["I11"], "a ticket of a cancelled booking is valid", |copy, ids| {
        ticket(copy, ids.cancelled, |ticket| ticket.status = TicketStatus::Valid);
        booking(ids.cancelled)
    }),
    case("I12", &["I2", "I4", "I16"], "the hold of a failed booking is active", |copy, ids| {
        copy.edit::<Hold>(
            "inventory",
            |hold| hold.id.get() == ids.declined,
            |hold| {
                hold.status = HoldStatus::Claimed;
                let mut lines = hold.hold_lines.0.to_vec();
                lines[0].unit_price_minor += 1;
                hold.hold_lines = Json(lines.into());
            },
        );
        booking(ids.declined)
    }),
    case("I25", &["I2"], "a hold is held after it expired", |copy, ids| {
        copy.edit::<Hold>(
            "inventory",
            |hold| hold.id.get() == ids.hold,
            |hold| {
                (hold.status, hold.expires_at) = (HoldStatus::Held, Some(Timestamp::from_micros(1)));
            },
        );
        format!("hold {}", ids.hold)
    }),
    case("I27", &[], "two tickets have one id", |copy, ids| {
        let other = copy.row::<Ticket>("bookings", |ticket| ticket.booking_id.get() == ids.ordered);
        copy.refuses::<Ticket>(
            "bookings",
            |ticket| ticket.booking_id.get() == ids.sold,
            |ticket| ticket.code.clone_from(&other.code),
        );
        let id = other.id;
        copy.edit::<Ticket>("bookings", |ticket| ticket.booking_id.get() == ids.sold, |ticket| ticket.id = id);
        format!("ticket {id}")
    }),
    case("I27", &[], "a ticket has another type than its line", |copy, ids| {
        ticket(copy, ids.sold, |ticket| ticket.ticket_type_id = 2.into());
        booking(ids.sold)
    }),
];
