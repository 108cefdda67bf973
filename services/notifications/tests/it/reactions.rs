use std::collections::BTreeSet;

use boxoffice_contracts::{Reason, events::NotificationKind, saga};
use boxoffice_notifications::{domain::NotificationStatus, reactions};

use crate::setting::*;

#[test]
fn it_hears_what_the_saga_says_and_follows_nobody_else() {
    let reactions = reactions();
    assert_eq!(reactions.kinds(), saga::consumed_by("notifications").into_iter().collect());
    assert_eq!(reactions.sources(), BTreeSet::from(["orders"]), "its own log is not followed");
}

#[tokio::test]
async fn what_is_queued_names_lines_total_and_reason_and_no_person() {
    let place = Place::new();
    let post = place.idle();
    post.hear(&failed(1, 2, Reason::Declined)).await;
    let [row] = post.notifications().await.try_into().unwrap();
    assert_eq!((row.booking_id, row.user_id.get(), row.organizer_id.get()), (booking(1), 2, 4));
    assert_eq!((row.kind, row.status, row.attempts), (NotificationKind::BookingFailed, NotificationStatus::Queued, 0));
    assert_eq!(row.subject, "Your booking could not be completed");
    for part in ["2 x Stalls, 25.50 EUR each", "Total: 51.00 EUR", "declined"] {
        assert!(row.message.contains(part), "{part}: {}", row.message);
    }
    assert!(post.said().await.is_empty(), "nothing is said before it is sent");
}

/// Every order of three ends, each delivered twice, one by one and all in one batch.
#[tokio::test]
async fn each_end_is_one_notification_whatever_is_repeated_and_in_whatever_order() {
    let ends = [message(&confirmed(1, 1)), message(&failed(1, 1, Reason::Expired)), message(&cancelled(1, 1))];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let deliveries: Vec<_> = order.iter().chain(&order).map(|end| ends[*end].clone()).collect();
        for in_one_batch in [false, true] {
            let place = Place::new();
            let post = place.idle();
            if in_one_batch {
                post.hear_in_one_batch(&deliveries).await;
            } else {
                for delivery in &deliveries {
                    post.writer.handle(delivery).await.unwrap();
                }
            }
            let kinds: Vec<_> = post.notifications().await.into_iter().map(|row| row.kind.as_str()).collect();
            assert_eq!(kinds.len(), 3, "{order:?}");
            assert_eq!(BTreeSet::from_iter(kinds), BTreeSet::from_iter(NotificationKind::VALUES.iter().copied()));
            assert!(post.notifications().await.iter().all(|row| row.version == 1), "a repetition changes nothing");
        }
    }
}

#[tokio::test]
async fn what_comes_again_after_the_letter_went_out_does_nothing() {
    let place = Place::new();
    let post = place.open();
    post.hear(&confirmed(1, 1)).await;
    post.mails(1).await;
    let before = post.about(1).await;
    post.hear(&confirmed(1, 1)).await;
    // Had there been a second letter, it would be there before this one.
    post.hear(&confirmed(2, 1)).await;
    assert_eq!(post.mails(2).await.len(), 2);
    assert_eq!(post.about(1).await, before);
    assert_eq!(post.said().await.len(), 2);
}
