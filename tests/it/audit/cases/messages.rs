//! Damage to published messages, cursors and idempotency records.

use boxoffice_orders::store::{HistoryRow, Order};
use boxoffice_outbox::{Cursor, IdempotencyRecord, LogHead, OutboxMessage};
use boxoffice_users::store::User;
use uuid::Uuid;

use super::{Case, case};
use crate::audit::damage::DataCopy;

/// Changes the kind of the message about `key` to an unknown one, so that the row with this key has no message of this kind.
fn change_kind(copy: &DataCopy, service: &str, kind: &str, key: Uuid) -> String {
    copy.edit::<OutboxMessage>(
        service,
        |message| (message.kind.as_str(), message.message_key) == (kind, key),
        |message| {
            message.kind = "NothingEvent".into();
        },
    );
    key.to_string()
}

/// Changes the key of a message, so that it is about a missing row.
fn change_key(copy: &DataCopy, service: &str, kind: &str) -> String {
    let missing = Uuid::from_u128(1);
    copy.edit::<OutboxMessage>(service, |message| message.kind == kind, |message| message.message_key = missing);
    format!("{kind} of {missing}")
}

fn point_to_missing_resource(copy: &DataCopy, service: &str) -> String {
    let request = copy.row::<IdempotencyRecord>(service, |_| true);
    copy.edit::<IdempotencyRecord>(
        service,
        |other| other.id == request.id,
        |other| {
            // An id of the same form that no resource has.
            other.resource_id =
                if other.resource_id.parse::<i64>().is_ok() { "99".into() } else { Uuid::nil().to_string() };
        },
    );
    format!("{service}: the idempotency record {}", request.id)
}

pub const CASES: &[Case] = &[
    case("I15", &[], "the booking of an idempotency record is missing", |copy, _| {
        point_to_missing_resource(copy, "bookings")
    }),
    case("I15", &[], "the order of an idempotency record is missing", |copy, _| {
        point_to_missing_resource(copy, "orders")
    }),
    case("I15", &[], "the hold of an idempotency record is missing", |copy, ids| {
        let request = copy.row::<IdempotencyRecord>("inventory", |request| request.resource_id == ids.hold.to_string());
        copy.edit::<IdempotencyRecord>(
            "inventory",
            |other| other.id == request.id,
            |other| {
                other.resource_id = Uuid::nil().to_string();
            },
        );
        format!("inventory: the idempotency record {}", request.id)
    }),
    case("I16", &[], "the creation of an order is not published", |copy, ids| {
        change_kind(copy, "orders", "OrderCreatedEvent", ids.sold)
    }),
    case("I16", &[], "the confirmation of an order is not published", |copy, ids| {
        change_kind(copy, "orders", "OrderConfirmedEvent", ids.cancelled)
    }),
    case("I16", &[], "the failure of an order is not published", |copy, ids| {
        change_kind(copy, "orders", "OrderFailedEvent", ids.declined)
    }),
    case("I16", &[], "the cancellation of an order is not published", |copy, ids| {
        change_kind(copy, "orders", "OrderCancelledEvent", ids.cancelled)
    }),
    case("I16", &[], "the creation of a booking is not published", |copy, ids| {
        change_kind(copy, "bookings", "BookingCreatedEvent", ids.sold)
    }),
    case("I16", &[], "the cancellation of a missing booking is published", |copy, _| {
        change_key(copy, "bookings", "BookingCancelledEvent")
    }),
    case("I16", &[], "the claim of a hold is not published", |copy, ids| {
        change_kind(copy, "inventory", "InventoryReservedEvent", ids.sold)
    }),
    case("I16", &[], "the sale of a hold is not published", |copy, ids| {
        change_kind(copy, "inventory", "InventorySoldEvent", ids.sold)
    }),
    case("I16", &[], "the release of a missing hold is published", |copy, _| {
        change_key(copy, "inventory", "InventoryReleasedEvent")
    }),
    case("I16", &[], "a pending state of a missing payment is published", |copy, _| {
        change_key(copy, "payments", "PaymentPendingEvent")
    }),
    case("I16", &[], "the outcome of a payment is not published", |copy, ids| {
        change_kind(copy, "payments", "PaymentProcessedEvent", ids.declined)
    }),
    case("I16", &[], "a refund is not published", |copy, ids| {
        change_kind(copy, "payments", "PaymentRefundedEvent", ids.cancelled)
    }),
    case("I16", &[], "a sent notification is not published", |copy, ids| {
        change_kind(copy, "notifications", "NotificationSentEvent", ids.sold)
    }),
    case("I16", &[], "the creation of a user is not published", |copy, _| {
        let user = copy.row::<User>("users", |_| true);
        change_kind(copy, "users", "UserSavedEvent", Uuid::from_u64_pair(0, user.id.get().unsigned_abs()))
    }),
    case("I16", &[], "an order is created twice", |copy, ids| {
        let confirmed =
            |message: &OutboxMessage| (message.kind.as_str(), message.message_key) == ("OrderConfirmedEvent", ids.sold);
        copy.edit::<OutboxMessage>("orders", confirmed, |message| message.kind = "OrderCreatedEvent".into());
        format!("OrderCreatedEvent of {} was published 2 times", ids.sold)
    }),
    case("I17", &[], "a message is removed before its consumer handled it", |copy, _| {
        copy.remove::<OutboxMessage>("orders", |message| message.position == 1);
        copy.edit::<Cursor>("payments", |cursor| cursor.source == "orders", |cursor| cursor.position = 0);
        "payments: has consumed the log of orders up to 0".into()
    }),
    case("I17", &[], "a message is removed before a consumer without a cursor handled it", |copy, _| {
        copy.remove::<OutboxMessage>("orders", |message| message.position == 1);
        copy.remove::<Cursor>("payments", |cursor| cursor.source == "orders");
        "payments: has consumed the log of orders up to 0".into()
    }),
    case("I17", &["I4", "I11", "I16", "I26"], "a booking has no order", |copy, ids| {
        copy.remove::<Order>("orders", |order| order.id.get() == ids.sold);
        while copy.rows::<HistoryRow>("orders").iter().any(|row| row.order_id.get() == ids.sold) {
            copy.remove::<HistoryRow>("orders", |row| row.order_id.get() == ids.sold);
        }
        format!("{}: its order is missing", ids.sold)
    }),
    case("I18", &[], "a log has a gap", |copy, _| {
        copy.remove::<OutboxMessage>("payments", |message| message.kind == "PaymentPendingEvent");
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
        copy.edit::<OutboxMessage>("payments", |_| true, |message| message.id = other);
        other.to_string()
    }),
    case("I18", &[], "the log counts a deferred message that does not exist", |copy, _| {
        copy.edit::<LogHead>("orders", |_| true, |head| head.deferred_count = 1);
        "orders: its log counts 1 deferred messages".into()
    }),
    case("I18", &[], "a cursor is beyond the end of the log", |copy, _| {
        copy.edit::<Cursor>("orders", |cursor| cursor.source == "payments", |cursor| cursor.position += 1000);
        "orders: its cursor is at".into()
    }),
    case("I18", &[], "a cursor belongs to another log", |copy, _| {
        copy.edit::<Cursor>("orders", |cursor| cursor.source == "payments", |cursor| cursor.log_id = Uuid::nil());
        "orders: its cursor is at".into()
    }),
    case("I19", &[], "a hold is sold before it is claimed", |copy, ids| {
        let of = |kind: &'static str| {
            move |message: &OutboxMessage| (message.kind.as_str(), message.message_key) == (kind, ids.sold)
        };
        let (reserved, sold) = ("InventoryReservedEvent", "InventorySoldEvent");
        copy.edit("inventory", of(reserved), |message: &mut OutboxMessage| message.kind = "Swapped".into());
        copy.edit("inventory", of(sold), |message: &mut OutboxMessage| message.kind = reserved.into());
        copy.edit("inventory", of("Swapped"), |message: &mut OutboxMessage| message.kind = sold.into());
        format!("inventory: published {reserved} of {}", ids.sold)
    }),
];
