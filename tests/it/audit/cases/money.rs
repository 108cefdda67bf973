//! Charges, refunds and prices.

use boxoffice_bookings::store::Booking;
use boxoffice_contracts::Currency;
use boxoffice_orders::store::Order;
use boxoffice_payments::{
    domain::EntryKind,
    providers::{MovementKind, simulated::store::MovementRow},
    store::Entry,
};
use uuid::Uuid;

use super::{Case, booking, case, order};

fn usd() -> Currency {
    "USD".parse().unwrap()
}

fn is(id: Uuid, kind: EntryKind) -> impl Fn(&Entry) -> bool {
    move |entry| (entry.order_id.get(), entry.kind) == (id, kind)
}

fn moved(id: Uuid, movement: MovementKind) -> impl Fn(&MovementRow) -> bool {
    move |row| (row.idempotency_key.get(), row.kind) == (id, movement)
}

pub const CASES: &[Case] = &[
    case("I7", &["I8"], "the provider has charged twice", |copy, ids| {
        copy.refuses("payments", is(ids.sold, EntryKind::Captured), |entry: &mut Entry| entry.number = 5);
        let mut charge = copy.row("provider", moved(ids.sold, MovementKind::Charge));
        charge.number = 1000;
        copy.add("provider", &charge);
        order(ids.sold)
    }),
    case("I7", &["I8", "I10", "I11", "I14"], "more is captured than is owed", |copy, ids| {
        copy.edit("payments", is(ids.sold, EntryKind::Captured), |entry: &mut Entry| entry.amount_minor *= 2);
        order(ids.sold)
    }),
    case("I8", &[], "a charge is missing in the provider's books", |copy, ids| {
        copy.remove("provider", moved(ids.sold, MovementKind::Charge));
        order(ids.sold)
    }),
    case("I8", &[], "a refund is missing in the provider's books", |copy, ids| {
        copy.remove("provider", moved(ids.cancelled, MovementKind::Refund));
        order(ids.cancelled)
    }),
    case("I8", &[], "the provider has charged in another currency", |copy, ids| {
        copy.edit("provider", moved(ids.sold, MovementKind::Charge), |row: &mut MovementRow| row.currency = usd());
        order(ids.sold)
    }),
    case("I9", &["I8"], "the provider has refunded an order that it did not charge", |copy, ids| {
        copy.remove("provider", moved(ids.cancelled, MovementKind::Charge));
        order(ids.cancelled)
    }),
    case("I9", &["I5", "I8", "I10", "I12"], "a refund without a capture", |copy, ids| {
        copy.remove("payments", is(ids.cancelled, EntryKind::Captured));
        order(ids.cancelled)
    }),
    case("I10", &["I8", "I12", "I13", "I14", "I11"], "half is refunded", |copy, ids| {
        copy.edit("payments", is(ids.cancelled, EntryKind::Refunded), |entry: &mut Entry| entry.amount_minor /= 2);
        order(ids.cancelled)
    }),
    case("I10", &["I8", "I11", "I14"], "half is captured", |copy, ids| {
        copy.edit("payments", is(ids.sold, EntryKind::Captured), |entry: &mut Entry| entry.amount_minor /= 2);
        order(ids.sold)
    }),
    case("I13", &["I5", "I8", "I11", "I12"], "a cancelled order is not refunded", |copy, ids| {
        copy.remove("payments", is(ids.cancelled, EntryKind::Refunded));
        order(ids.cancelled)
    }),
    case(
        "I13",
        &["I5", "I8", "I11", "I12"],
        "an amount captured after the booking expired is not refunded",
        |copy, ids| {
            let mut late = copy.row("payments", is(ids.expired, EntryKind::Intent));
            (late.kind, late.number) = (EntryKind::Captured, EntryKind::Captured.number());
            copy.add("payments", &late);
            order(ids.expired)
        },
    ),
    case("I14", &[], "the total of an order exceeds the sum of its lines", |copy, ids| {
        copy.edit::<Order>("orders", |order| order.id.get() == ids.sold, |order| order.total_minor += 1);
        order(ids.sold)
    }),
    case("I14", &["I11"], "the total of a booking exceeds that of its order", |copy, ids| {
        copy.edit::<Booking>("bookings", |booking| booking.id.get() == ids.sold, |booking| booking.total_minor += 1);
        booking(ids.sold)
    }),
    case("I14", &[], "a booking has another currency than its order", |copy, ids| {
        copy.edit::<Booking>(
            "bookings",
            |booking| booking.id.get() == ids.sold,
            |booking| {
                booking.currency = usd();
            },
        );
        booking(ids.sold)
    }),
    case("I14", &[], "an intent has another amount than its payment", |copy, ids| {
        copy.edit("payments", is(ids.sold, EntryKind::Intent), |entry: &mut Entry| entry.amount_minor += 1);
        format!("payment {}", ids.sold)
    }),
];
