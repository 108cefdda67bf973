//! Damage to histories, final statuses and notifications.

use boxoffice_bookings::{
    domain::{BookingStatus, Timeline, TimelineState},
    store::Booking,
};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::events::NotificationKind;
use boxoffice_database::Json;
use boxoffice_inventory::store::Hold;
use boxoffice_notifications::store::{MailboxEmail, Notification};
use boxoffice_orders::{
    domain::OrderStatus,
    store::{HistoryRow, Order},
};
use boxoffice_payments::{domain::PaymentStatus, store::Payment};
use uuid::Uuid;

use super::{Case, booking, case, order};
use crate::audit::damage::DataCopy;

/// Removes a state from the timeline of a booking.
fn remove_state(copy: &DataCopy, id: Uuid, state: TimelineState) {
    copy.edit::<Booking>(
        "bookings",
        |booking| booking.id.get() == id,
        |booking| {
            let mut kept = Timeline::default();
            booking.timeline.iter().filter(|entry| entry.state != state).for_each(|entry| kept.add(entry.clone()));
            booking.timeline = Json(kept);
        },
    );
}

fn set_history_status(copy: &DataCopy, id: Uuid, number: i64, status: OrderStatus) {
    copy.edit::<HistoryRow>(
        "orders",
        |row| (row.order_id.get(), row.number) == (id, number),
        |row| row.status = status,
    );
}

pub const CASES: &[Case] = &[
    case("I5", &[], "a history is shorter than its order counts", |copy, ids| {
        copy.edit::<Order>("orders", |order| order.id.get() == ids.sold, |order| order.history_count += 1);
        order(ids.sold)
    }),
    case("I5", &["I19"], "a history has a gap", |copy, ids| {
        copy.remove::<HistoryRow>("orders", |row| (row.order_id.get(), row.number) == (ids.sold, 2));
        order(ids.sold)
    }),
    case("I5", &[], "a timeline does not end with the status of its booking", |copy, ids| {
        remove_state(copy, ids.sold, TimelineState::Confirmed);
        booking(ids.sold)
    }),
    case("I5", &[], "a payment has another status than its entries require", |copy, ids| {
        copy.edit::<Payment>(
            "payments",
            |payment| payment.id.get() == ids.sold,
            |payment| {
                payment.status = PaymentStatus::Declined;
            },
        );
        format!("payment {}", ids.sold)
    }),
    case("I5", &[], "a hold has no version", |copy, ids| {
        copy.edit::<Hold>("inventory", |hold| hold.id.get() == ids.sold, |hold| hold.version = 0);
        format!("hold {}", ids.sold)
    }),
    case("I19", &[], "the status of an order moved backwards", |copy, ids| {
        set_history_status(copy, ids.sold, 3, OrderStatus::Created);
        order(ids.sold)
    }),
    case("I19", &[], "the history of an order does not begin with CREATED", |copy, ids| {
        set_history_status(copy, ids.sold, 1, OrderStatus::Reserved);
        order(ids.sold)
    }),
    case("I19", &[], "the timeline of a booking does not begin with PENDING", |copy, ids| {
        remove_state(copy, ids.cancelled, TimelineState::Pending);
        booking(ids.cancelled)
    }),
    case("I25", &["I5", "I11"], "a booking is pending past its deadline", |copy, ids| {
        copy.refuses::<Booking>(
            "bookings",
            |booking| booking.id.get() == ids.sold,
            |booking| booking.status = BookingStatus::Pending,
        );
        copy.edit::<Booking>(
            "bookings",
            |booking| booking.id.get() == ids.sold,
            |booking| {
                (booking.status, booking.deadline_at) = (BookingStatus::Pending, Some(Timestamp::from_micros(1)));
            },
        );
        booking(ids.sold)
    }),
    case("I26", &["I16"], "a notification is missing", |copy, ids| {
        let notification =
            copy.row::<Notification>("notifications", |notification| notification.booking_id.get() == ids.sold);
        copy.remove::<MailboxEmail>("notifications", |email| email.message_id == notification.id);
        copy.remove::<Notification>("notifications", |other| other.id == notification.id);
        booking(ids.sold)
    }),
    case("I26", &[], "a notification has another kind", |copy, ids| {
        copy.edit::<Notification>(
            "notifications",
            |notification| notification.booking_id.get() == ids.declined,
            |notification| {
                notification.kind = NotificationKind::BookingCancelled;
            },
        );
        booking(ids.declined)
    }),
    case("I26", &[], "a sent notification is not in the mailbox", |copy, ids| {
        let notification =
            copy.row::<Notification>("notifications", |notification| notification.booking_id.get() == ids.sold);
        copy.remove::<MailboxEmail>("notifications", |email| email.message_id == notification.id);
        format!("notification {}", notification.id)
    }),
    case("I26", &[], "the mailbox has an e-mail without a notification", |copy, ids| {
        let mut email = copy.row::<MailboxEmail>("notifications", |email| email.booking_id.get() == ids.sold);
        email.message_id = Uuid::from_u128(1).into();
        copy.add("notifications", &email);
        format!("e-mail {}", email.message_id)
    }),
];
