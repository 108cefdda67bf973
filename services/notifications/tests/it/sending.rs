use std::{collections::BTreeSet, time::Duration};

use boxoffice_contracts::{
    UserId,
    events::{Channel, NotificationKind, NotificationSent},
};
use boxoffice_envelope::Origin;
use boxoffice_notifications::domain::{NotificationQueued, NotificationStatus};
use boxoffice_outbox::{DeferredState, LOG, LogHead, OutboxMessage};
use boxoffice_writer::{DiscardDeadLetter, ReplayDeadLetter};

use crate::harness::*;

/// Longer than any retry delay.
const LONG: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_notification_is_sent_and_keeps_its_correlation_id() {
    let environment = Environment::new();
    let service = environment.start();
    service.consume(&confirmed(1, 2)).await;
    let [email] = service.wait_for_emails(1).await.try_into().unwrap();
    assert_eq!((email.to_address.as_str(), email.booking_id), ("p2@example.com", booking(1)));
    assert_eq!(email.subject, "Your booking is confirmed");
    assert!(email.body.starts_with("Hello Person 2,\n\nYour booking is confirmed.\n"), "{}", email.body);

    let [row] = service.notifications().await.try_into().unwrap();
    assert_eq!((row.id, row.status, row.attempts, row.error), (email.message_id, NotificationStatus::Sent, 1, None));
    assert_eq!(row.sent_at, Some(email.sent_at));
    let sent = NotificationSent {
        notification_id: row.id,
        booking_id: booking(1),
        customer_id: UserId::from(2),
        kind: NotificationKind::BookingConfirmed,
        channel: Channel::Email,
        organizer_id: row.organizer_id,
    };
    assert_eq!(service.sent().await, [sent]);
    let [message_row] = service.rows::<OutboxMessage>().await.try_into().unwrap();
    let cause = message(&confirmed(1, 2)).id;
    assert_eq!(
        (message_row.correlation_id.as_str(), message_row.causation_id, message_row.actor.as_str()),
        ("correlation-1", Some(cause), "notifications")
    );
    let body = &message_row.body;
    assert!(!body.contains("example.com") && !body.contains("Person"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_emails_are_sent_in_batches_with_one_read_of_addresses_for_each() {
    let environment = Environment::new();
    let service = environment.start_without_tasks();
    let messages: Vec<_> = (1..=600).map(|n| message(&confirmed(n, i64::try_from(n % 3 + 1).unwrap()))).collect();
    service.consume_in_one_batch(&messages).await;
    service.writer.stop();

    let service = environment.start();
    let emails = service.wait_for_emails(600).await;
    assert_eq!(emails.iter().map(|email| email.booking_id).collect::<BTreeSet<_>>().len(), 600);
    assert_eq!(service.sent().await.len(), 600);
    assert_eq!(environment.users.calls(ADDRESSES), 3, "batches of 256, 256 and 88");
}

#[tokio::test]
async fn a_notification_that_cannot_be_sent_is_retried_and_dead_lettered() {
    let environment = Environment::new();
    environment.emails.lock().insert(1, "secret@fail.test".into());
    let service = environment.start();
    service.consume(&confirmed(1, 1)).await;
    service.consume(&confirmed(2, 2)).await;
    assert_eq!(
        service.wait_for_emails(1).await[0].booking_id,
        booking(2),
        "a failing notification does not block others"
    );

    let failing = async || service.notification_about(1).await;
    for attempts in 1..10 {
        eventually(&format!("attempt {attempts}"), async || failing().await.attempts == attempts).await;
        let row = failing().await;
        assert_eq!(row.status, NotificationStatus::Queued);
        assert!(row.due_at > service.clock.now() && row.due_at <= service.clock.now().plus(LONG), "attempt {attempts}");
        service.clock.advance(LONG);
    }
    eventually("the notification has failed", async || failing().await.status == NotificationStatus::Failed).await;
    let row = failing().await;
    assert_eq!((row.attempts, row.sent_at), (10, None));

    let [dead_letter] = service.deferred().await.try_into().unwrap();
    assert_eq!(
        (dead_letter.source.as_str(), dead_letter.position, dead_letter.state),
        ("notifications", -1, DeferredState::DeadLettered)
    );
    assert_eq!(dead_letter.correlation_id, "correlation-1");
    let queued: NotificationQueued = dead_letter.message().read().unwrap();
    assert_eq!(queued, NotificationQueued { notification_id: row.id, booking_id: booking(1), kind: row.kind });
    for text in [&dead_letter.error, &dead_letter.body, &row.error.unwrap()] {
        assert!(!text.contains("secret@") && !text.contains("Person"), "{text}");
    }
    let head: LogHead = service.writer.database().get(LOG.to_owned()).await.unwrap().unwrap();
    assert_eq!((head.deferred_count, head.last_position), (1, 1), "only the other notification was published");
}

#[tokio::test]
async fn a_dead_letter_can_be_replayed_until_it_is_sent() {
    let environment = Environment::new();
    environment.emails.lock().insert(1, "p1@fail.test".into());
    let service = environment.try_start(&[("MAX_ATTEMPTS", "2")]).unwrap();
    let replay = async |position| {
        service.writer.run(Origin::default(), ReplayDeadLetter { source: "notifications".into(), position }).await
    };
    let positions = async || service.deferred().await.iter().map(|message| message.position).collect::<Vec<_>>();
    let wait_for_dead_letter = async |position: i64| {
        eventually("the first attempt", async || service.notifications().await[0].attempts == 1).await;
        service.clock.advance(LONG);
        eventually("the notification is dead-lettered", async || positions().await == [position]).await;
        assert_eq!(service.notifications().await[0].status, NotificationStatus::Failed);
    };
    service.consume(&confirmed(1, 1)).await;
    wait_for_dead_letter(-1).await;
    // The address still fails, so the replay uses up all attempts again.
    replay(-1).await.unwrap();
    wait_for_dead_letter(-2).await;
    assert!(replay(-1).await.is_err(), "the dead letter has a new position");

    environment.emails.lock().insert(1, "p1@example.com".into());
    replay(-2).await.unwrap();
    assert_eq!(service.wait_for_emails(1).await[0].to_address, "p1@example.com");
    eventually("no message is deferred", async || positions().await.is_empty()).await;
    let [row] = service.notifications().await.try_into().unwrap();
    assert_eq!((row.status, row.attempts, row.error), (NotificationStatus::Sent, 1, None));
    assert_eq!(service.sent().await.len(), 1);

    // A replay of a notification that was sent, or does not exist, has no effect.
    let queued = NotificationQueued { notification_id: row.id, booking_id: row.booking_id, kind: row.kind };
    service.consume(&queued).await;
    service.consume(&NotificationQueued { notification_id: uuid::Uuid::nil().into(), ..queued }).await;
    assert_eq!(service.notifications().await[0].status, NotificationStatus::Sent);
}

#[tokio::test]
async fn a_dead_letter_that_is_discarded_stays_failed() {
    let environment = Environment::new();
    environment.emails.lock().insert(1, "p1@fail.test".into());
    let service = environment.try_start(&[("MAX_ATTEMPTS", "1")]).unwrap();
    service.consume(&confirmed(1, 1)).await;
    eventually("the notification is dead-lettered", async || service.deferred().await.len() == 1).await;
    let discard = DiscardDeadLetter { source: "notifications".into(), position: -1, reason: "obsolete".into() };
    service.writer.run(Origin::default(), discard).await.unwrap();
    assert!(service.deferred().await.is_empty());
    service.clock.advance(LONG);
    service.consume(&confirmed(2, 2)).await;
    service.wait_for_emails(1).await;
    assert_eq!(service.notification_about(1).await.status, NotificationStatus::Failed);
}

#[tokio::test]
async fn a_notification_of_a_deleted_user_fails_without_a_dead_letter() {
    let environment = Environment::new();
    let service = environment.start();
    service.consume(&confirmed(1, 404)).await;
    eventually("the notification has failed", async || {
        service.notifications().await[0].status == NotificationStatus::Failed
    })
    .await;
    let [row] = service.notifications().await.try_into().unwrap();
    assert_eq!((row.error.as_deref(), row.sent_at), (Some("the user is unknown or deleted"), None));
    assert!(
        service.deferred().await.is_empty() && service.mailbox().await.is_empty() && service.sent().await.is_empty()
    );
}

#[tokio::test]
async fn an_outage_of_users_costs_no_attempt() {
    let environment = Environment::new();
    environment.users.set_failing(true);
    let service = environment.start();
    service.consume(&confirmed(1, 1)).await;
    let calls = async || environment.users.calls(ADDRESSES);
    for times in 1..=12 {
        eventually("users is called", async || calls().await >= times).await;
        service.clock.advance(Duration::from_secs(1));
    }
    let [row] = service.notifications().await.try_into().unwrap();
    assert_eq!((row.status, row.attempts, row.version), (NotificationStatus::Queued, 0, 1));
    environment.users.set_failing(false);
    service.clock.advance(Duration::from_secs(1));
    eventually("the notification is sent", async || {
        service.clock.advance(Duration::from_secs(1));
        service.mailbox().await.len() == 1
    })
    .await;
}

#[tokio::test]
async fn invalid_settings_are_refused_with_the_expected_values() {
    let environment = Environment::new();
    for (name, value, part) in [
        ("EMAIL", "smtp://localhost", "expected mailbox:"),
        ("CHANNELS", "pigeon", "BOXOFFICE_NOTIFICATIONS_CHANNELS"),
        ("CHANNELS", "email,sms", "expected one of email"),
        ("CHANNELS", "email,email", "email is listed twice"),
        ("MAX_ATTEMPTS", "0", "BOXOFFICE_NOTIFICATIONS_MAX_ATTEMPTS"),
        ("MAX_ATTEMPTS", "many", "BOXOFFICE_NOTIFICATIONS_MAX_ATTEMPTS"),
        ("COLOR", "blue", "BOXOFFICE_NOTIFICATIONS_EMAIL"),
    ] {
        let refused = environment.try_start(&[(name, value)]).err().unwrap().to_string();
        assert!(refused.contains(part), "{name}={value}: {refused}");
    }
}
