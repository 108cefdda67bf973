//! What was said, heard and remembered.

use boxoffice_orders::store::{HistoryRow, Order};
use boxoffice_outbox::{Cursor, IdempotencyRecord, LogHead, OutboxMessage};
use boxoffice_users::store::User;
use uuid::Uuid;

use super::{Case, case};
use crate::audit::damage::Copy;

/// Makes an announcement about `key` one of a kind that nobody knows: its row stands alone.
fn unsay(copy: &Copy, service: &str, kind: &str, key: Uuid) -> String {
    copy.edit::<OutboxMessage>(
        service,
        |said| (said.kind.as_str(), said.message_key) == (kind, key),
        |said| {
            said.kind = "NothingEvent".into();
        },
    );
    key.to_string()
}

/// Makes an announcement one about a row that is not there.
fn misdirect(copy: &Copy, service: &str, kind: &str) -> String {
    let nobody = Uuid::from_u128(1);
    copy.edit::<OutboxMessage>(service, |said| said.kind == kind, |said| said.message_key = nobody);
    format!("{kind} of {nobody}")
}

fn remembered(copy: &Copy, service: &str) -> String {
    let request = copy.row::<IdempotencyRecord>(service, |_| true);
    copy.edit::<IdempotencyRecord>(
        service,
        |other| other.id == request.id,
        |other| {
            // Of the same form, and of nothing that there is.
            other.resource_id =
                if other.resource_id.parse::<i64>().is_ok() { "99".into() } else { Uuid::nil().to_string() };
        },
    );
    format!("{service}: request {}", request.id)
}

pub const CASES: &[Case] = &[
    case("I15", &[], "a remembered booking is not there", |copy, _| remembered(copy, "bookings")),
    case("I15", &[], "a remembered order is not there", |copy, _| remembered(copy, "orders")),
    case("I15", &[], "a remembered hold is not there", |copy, ids| {
        let request = copy.row::<IdempotencyRecord>("inventory", |request| request.resource_id == ids.hold.to_string());
        copy.edit::<IdempotencyRecord>(
            "inventory",
            |other| other.id == request.id,
            |other| {
                other.resource_id = Uuid::nil().to_string();
            },
        );
        format!("inventory: request {}", request.id)
    }),
    case("I16", &[], "an order was opened in silence", |copy, ids| {
        unsay(copy, "orders", "OrderCreatedEvent", ids.sold)
    }),
    case("I16", &[], "an order was confirmed in silence", |copy, ids| {
        unsay(copy, "orders", "OrderConfirmedEvent", ids.cancelled)
    }),
    case("I16", &[], "an order failed in silence", |copy, ids| unsay(copy, "orders", "OrderFailedEvent", ids.declined)),
    case("I16", &[], "an order was cancelled in silence", |copy, ids| {
        unsay(copy, "orders", "OrderCancelledEvent", ids.cancelled)
    }),
    case("I16", &[], "a booking was placed in silence", |copy, ids| {
        unsay(copy, "bookings", "BookingCreatedEvent", ids.sold)
    }),
    case("I16", &[], "a booking that is not there was called off", |copy, _| {
        misdirect(copy, "bookings", "BookingCancelledEvent")
    }),
    case("I16", &[], "a hold was claimed in silence", |copy, ids| {
        unsay(copy, "inventory", "InventoryReservedEvent", ids.sold)
    }),
    case("I16", &[], "a hold was sold in silence", |copy, ids| {
        unsay(copy, "inventory", "InventorySoldEvent", ids.sold)
    }),
    case("I16", &[], "a hold that is not there was released", |copy, _| {
        misdirect(copy, "inventory", "InventoryReleasedEvent")
    }),
    case("I16", &[], "a payment that is not there was put off", |copy, _| {
        misdirect(copy, "payments", "PaymentPendingEvent")
    }),
    case("I16", &[], "a payment ended in silence", |copy, ids| {
        unsay(copy, "payments", "PaymentProcessedEvent", ids.declined)
    }),
    case("I16", &[], "a refund came to nobody's ears", |copy, ids| {
        unsay(copy, "payments", "PaymentRefundedEvent", ids.cancelled)
    }),
    case("I16", &[], "a letter went out in silence", |copy, ids| {
        unsay(copy, "notifications", "NotificationSentEvent", ids.sold)
    }),
    case("I16", &[], "a user was made in silence", |copy, _| {
        let user = copy.row::<User>("users", |_| true);
        unsay(copy, "users", "UserSavedEvent", Uuid::from_u64_pair(0, user.id.get().unsigned_abs()))
    }),
    case("I16", &[], "an order was opened twice", |copy, ids| {
        let confirmed =
            |said: &OutboxMessage| (said.kind.as_str(), said.message_key) == ("OrderConfirmedEvent", ids.sold);
        copy.edit::<OutboxMessage>("orders", confirmed, |said| said.kind = "OrderCreatedEvent".into());
        format!("OrderCreatedEvent of {} was published 2 times", ids.sold)
    }),
    case("I17", &[], "what was not heard is forgotten", |copy, _| {
        copy.remove::<OutboxMessage>("orders", |said| said.position == 1);
        copy.edit::<Cursor>("payments", |cursor| cursor.source == "orders", |cursor| cursor.position = 0);
        "payments: has consumed orders up to 0".into()
    }),
    case("I17", &[], "what was never heard is forgotten", |copy, _| {
        copy.remove::<OutboxMessage>("orders", |said| said.position == 1);
        copy.remove::<Cursor>("payments", |cursor| cursor.source == "orders");
        "payments: has consumed orders up to 0".into()
    }),
    case("I17", &["I4", "I11", "I16", "I26"], "a booking has no order", |copy, ids| {
        copy.remove::<Order>("orders", |order| order.id.get() == ids.sold);
        while copy.rows::<HistoryRow>("orders").iter().any(|row| row.order_id.get() == ids.sold) {
            copy.remove::<HistoryRow>("orders", |row| row.order_id.get() == ids.sold);
        }
        format!("{}: its order is missing", ids.sold)
    }),
    case("I18", &[], "a log has a gap", |copy, _| {
        copy.remove::<OutboxMessage>("payments", |said| said.kind == "PaymentPendingEvent");
        "payments: its log has gaps".into()
    }),
    case("I18", &[], "a log ends before its head", |copy, _| {
        copy.edit::<LogHead>("payments", |_| true, |head| head.last_position += 1);
        "payments: its log has gaps, or does not end at".into()
    }),
    case("I18", &[], "a log has no head", |copy, _| {
        copy.remove::<LogHead>("payments", |_| true);
        "payments: its log has no head".into()
    }),
    case("I18", &[], "two messages have one id", |copy, _| {
        let other = copy.row::<OutboxMessage>("orders", |_| true).id;
        copy.edit::<OutboxMessage>("payments", |_| true, |said| said.id = other);
        other.to_string()
    }),
    case("I18", &[], "a message is counted that was not put aside", |copy, _| {
        copy.edit::<LogHead>("orders", |_| true, |head| head.deferred_count = 1);
        "orders: its log counts 1 deferred messages".into()
    }),
    case("I18", &[], "something was heard that was not said", |copy, _| {
        copy.edit::<Cursor>("orders", |cursor| cursor.source == "payments", |cursor| cursor.position += 1000);
        "orders: its cursor is at".into()
    }),
    case("I18", &[], "something was heard of another log", |copy, _| {
        copy.edit::<Cursor>("orders", |cursor| cursor.source == "payments", |cursor| cursor.log_id = Uuid::nil());
        "orders: its cursor is at".into()
    }),
    case("I19", &[], "places were sold before they were held", |copy, ids| {
        let of =
            |kind: &'static str| move |said: &OutboxMessage| (said.kind.as_str(), said.message_key) == (kind, ids.sold);
        let (reserved, sold) = ("InventoryReservedEvent", "InventorySoldEvent");
        copy.edit("inventory", of(reserved), |said: &mut OutboxMessage| said.kind = "Swapped".into());
        copy.edit("inventory", of(sold), |said: &mut OutboxMessage| said.kind = reserved.into());
        copy.edit("inventory", of("Swapped"), |said: &mut OutboxMessage| said.kind = sold.into());
        format!("inventory: published {reserved} of {}", ids.sold)
    }),
];
