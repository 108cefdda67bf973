//! The mailbox keeps letters for a while; that they were sent is kept for good.

use std::time::Duration;

use boxoffice_notifications::{domain::NotificationStatus, store::RetentionMark};

use crate::setting::*;

const LIFE: [(&str, &str); 1] = [("NOTIFICATIONS_MAILBOX_RETENTION", "1h")];

#[tokio::test]
async fn old_letters_leave_the_mailbox_and_young_ones_stay() {
    let place = Place::new();
    let post = place.start(&LIFE, None, true);
    post.hear(&confirmed(1, 1)).await;
    post.hear(&confirmed(2, 2)).await;
    post.mails(2).await;
    place.hand.advance(Duration::from_secs(3000));
    post.hear(&confirmed(3, 1)).await;
    post.mails(3).await;
    assert!(post.all::<RetentionMark>().await.is_empty());
    // The first two are older than an hour now, the third one is not.
    eventually("old letters are gone", async || {
        place.hand.advance(Duration::from_millis(700));
        post.mailbox().await.len() < 3
    })
    .await;
    let left: Vec<_> = post.mailbox().await.into_iter().map(|letter| letter.booking_id).collect();
    assert_eq!(left, [booking(3)]);
    let [RetentionMark { deleted_before, .. }] = post.all::<RetentionMark>().await.try_into().unwrap();
    for row in post.notifications().await {
        assert_eq!(row.status, NotificationStatus::Sent);
        assert_eq!(row.sent_at.unwrap() < deleted_before, row.booking_id != booking(3));
    }
    post.hear(&confirmed(1, 1)).await;
    assert_eq!(post.notifications().await.len(), 3, "nobody is written to again");
}

/// One that was given up and went out late is as young as its sending.
#[tokio::test]
async fn a_letter_is_as_old_as_its_sending() {
    let place = Place::new();
    place.people.emails.lock().insert(3, "p3@fail.test".into());
    let post = place.start(&LIFE, None, true);
    post.hear(&confirmed(1, 3)).await;
    post.hear(&confirmed(2, 1)).await;
    post.mails(1).await;
    place.hand.advance(Duration::from_secs(3000));
    place.people.emails.lock().insert(3, "p3@example.com".into());
    eventually("the late one is sent", async || {
        place.hand.advance(Duration::from_millis(100));
        post.mailbox().await.len() == 2
    })
    .await;
    eventually("the old one is gone", async || {
        place.hand.advance(Duration::from_millis(700));
        post.mailbox().await.len() < 2
    })
    .await;
    assert_eq!(post.mailbox().await[0].booking_id, booking(1));
}
