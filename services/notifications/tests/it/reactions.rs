use std::collections::BTreeSet;

use boxoffice_contracts::{Reason, events::NotificationKind, saga};
use boxoffice_notifications::{domain::NotificationStatus, service};
use boxoffice_settings::Settings;

use crate::harness::*;

#[test]
fn the_consumed_events_are_those_of_the_saga() {
    let reactions = (service().reactions)(&Settings::default()).unwrap();
    assert_eq!(reactions.kinds(), saga::consumed_by("notifications").into_iter().collect());
    assert_eq!(reactions.sources(), BTreeSet::from(["orders"]), "notifications does not consume its own log");
}

#[tokio::test]
async fn a_queued_notification_contains_lines_total_and_reason_and_no_personal_data() {
    let environment = Environment::new();
    let service = environment.start_without_tasks();
    service.consume(&failed(1, 2, Reason::Declined)).await;
    let [row] = service.notifications().await.try_into().unwrap();
    assert_eq!((row.booking_id, row.user_id.get(), row.organizer_id.get()), (booking(1), 2, 4));
    assert_eq!((row.kind, row.status, row.attempts), (NotificationKind::BookingFailed, NotificationStatus::Queued, 0));
    assert_eq!(row.subject, "Your booking could not be completed");
    for part in ["2 x Stalls, 25.50 EUR each", "Total: 51.00 EUR", "declined"] {
        assert!(row.message.contains(part), "{part}: {}", row.message);
    }
    assert!(service.sent().await.is_empty(), "no event is published before the notification is sent");
}

/// Delivers three ends of an order twice each, in every order, one by one and in one batch.
#[tokio::test]
async fn repeated_and_reordered_events_queue_one_notification_for_each_kind() {
    let ends = [message(&confirmed(1, 1)), message(&failed(1, 1, Reason::Expired)), message(&cancelled(1, 1))];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let deliveries: Vec<_> = order.iter().chain(&order).map(|end| ends[*end].clone()).collect();
        for in_one_batch in [false, true] {
            let environment = Environment::new();
            let service = environment.start_without_tasks();
            if in_one_batch {
                service.consume_in_one_batch(&deliveries).await;
            } else {
                for delivery in &deliveries {
                    service.deliver_message(delivery).await.unwrap();
                }
            }
            let kinds: Vec<_> = service.notifications().await.into_iter().map(|row| row.kind.as_str()).collect();
            assert_eq!(kinds.len(), 3, "{order:?}");
            assert_eq!(BTreeSet::from_iter(kinds), BTreeSet::from_iter(NotificationKind::VALUES.iter().copied()));
            assert!(service.notifications().await.iter().all(|row| row.version == 1), "a redelivery has no effect");
        }
    }
}

#[tokio::test]
async fn a_redelivery_after_the_notification_was_sent_has_no_effect() {
    let environment = Environment::new();
    let service = environment.start();
    service.consume(&confirmed(1, 1)).await;
    service.wait_for_emails(1).await;
    let before = service.notification_about(1).await;
    service.consume(&confirmed(1, 1)).await;
    // A second e-mail about booking 1 would be sent before this one.
    service.consume(&confirmed(2, 1)).await;
    assert_eq!(service.wait_for_emails(2).await.len(), 2);
    assert_eq!(service.notification_about(1).await, before);
    assert_eq!(service.sent().await.len(), 2);
}

#[tokio::test]
async fn notifications_are_queued_only_for_the_channels_of_the_settings() {
    let environment = Environment::new();
    for (channels, expected) in [("email", 1), ("", 0)] {
        let service = environment.try_start(&[("CHANNELS", channels)]).unwrap();
        service.consume(&confirmed(1 + expected, 1)).await;
        let about = service.notifications().await.into_iter().filter(|row| row.booking_id == booking(1 + expected));
        assert_eq!(about.count() as u128, expected, "{channels:?}");
    }
}
