//! Expired e-mails are deleted from the mailbox; their notifications stay.

use std::time::Duration;

use boxoffice_notifications::{domain::NotificationStatus, store::RetentionMark};

use crate::harness::*;

const RETENTION: [(&str, &str); 1] = [("MAILBOX_RETENTION", "1h")];

#[tokio::test]
async fn expired_emails_are_deleted_and_later_ones_stay() {
    let environment = Environment::new();
    let service = environment.try_start(&RETENTION).unwrap();
    service.consume(&confirmed(1, 1)).await;
    service.consume(&confirmed(2, 2)).await;
    service.wait_for_emails(2).await;
    service.clock.advance(Duration::from_secs(3000));
    service.consume(&confirmed(3, 1)).await;
    service.wait_for_emails(3).await;
    assert!(service.rows::<RetentionMark>().await.is_empty());
    // After 10 more minutes, the first two e-mails are older than an hour.
    eventually("the expired e-mails are deleted", async || {
        service.clock.advance(Duration::from_millis(700));
        service.mailbox().await.len() < 3
    })
    .await;
    let left: Vec<_> = service.mailbox().await.into_iter().map(|email| email.booking_id).collect();
    assert_eq!(left, [booking(3)]);
    let [RetentionMark { deleted_before, .. }] = service.rows::<RetentionMark>().await.try_into().unwrap();
    for row in service.notifications().await {
        assert_eq!(row.status, NotificationStatus::Sent);
        assert_eq!(row.sent_at.unwrap() < deleted_before, row.booking_id != booking(3));
    }
    service.consume(&confirmed(1, 1)).await;
    assert_eq!(service.notifications().await.len(), 3, "no notification is queued again");
}

#[tokio::test]
async fn the_age_of_an_email_counts_from_its_sending() {
    let environment = Environment::new();
    environment.emails.lock().insert(3, "p3@fail.test".into());
    let service = environment.try_start(&RETENTION).unwrap();
    service.consume(&confirmed(1, 3)).await;
    service.consume(&confirmed(2, 1)).await;
    service.wait_for_emails(1).await;
    service.clock.advance(Duration::from_secs(3000));
    environment.emails.lock().insert(3, "p3@example.com".into());
    eventually("the delayed e-mail is sent", async || {
        service.clock.advance(Duration::from_millis(100));
        service.mailbox().await.len() == 2
    })
    .await;
    eventually("the expired e-mail is deleted", async || {
        service.clock.advance(Duration::from_millis(700));
        service.mailbox().await.len() < 2
    })
    .await;
    assert_eq!(service.mailbox().await[0].booking_id, booking(1));
}
