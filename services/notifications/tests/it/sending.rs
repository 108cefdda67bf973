use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use boxoffice_contracts::{
    UserId,
    events::{Channel, NotificationKind, NotificationSent},
};
use boxoffice_envelope::Origin;
use boxoffice_notifications::domain::{NotificationQueued, NotificationStatus};
use boxoffice_outbox::{DeferredState, LOG, LogHead, OutboxMessage};
use boxoffice_writer::{DiscardDeadLetter, ReplayDeadLetter};

use crate::setting::*;

/// Longer than any wait between two attempts.
const LONG: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_letter_goes_out_by_itself_and_goes_on_with_its_errand() {
    let place = Place::new();
    let post = place.open();
    post.hear(&confirmed(1, 2)).await;
    let [letter] = post.mails(1).await.try_into().unwrap();
    assert_eq!((letter.to_address.as_str(), letter.booking_id), ("p2@example.com", booking(1)));
    assert_eq!(letter.subject, "Your booking is confirmed");
    assert!(letter.body.starts_with("Hello Person 2,\n\nYour booking is confirmed.\n"), "{}", letter.body);

    let [row] = post.notifications().await.try_into().unwrap();
    assert_eq!((row.id, row.status, row.attempts, row.error), (letter.message_id, NotificationStatus::Sent, 1, None));
    assert_eq!(row.sent_at, Some(letter.sent_at));
    let sent = NotificationSent {
        notification_id: row.id,
        booking_id: booking(1),
        customer_id: UserId::from(2),
        kind: NotificationKind::BookingConfirmed,
        channel: Channel::Email,
        organizer_id: row.organizer_id,
    };
    assert_eq!(post.said().await, [sent]);
    let [said] = post.all::<OutboxMessage>().await.try_into().unwrap();
    let cause = message(&confirmed(1, 2)).id;
    assert_eq!(
        (said.correlation_id.as_str(), said.causation_id, said.actor.as_str()),
        ("errand-1", Some(cause), "notifications")
    );
    assert!(!said.body.contains("example.com") && !said.body.contains("Person"), "{}", said.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_letters_go_out_in_batches_once_each_and_addresses_are_asked_for_once_a_batch() {
    let place = Place::new();
    let idle = place.idle();
    let messages: Vec<_> = (1..=600).map(|n| message(&confirmed(n, i64::try_from(n % 3 + 1).unwrap()))).collect();
    idle.hear_in_one_batch(&messages).await;
    idle.writer.stop();

    let post = place.open();
    let letters = post.mails(600).await;
    assert_eq!(letters.iter().map(|letter| letter.booking_id).collect::<BTreeSet<_>>().len(), 600);
    assert_eq!(post.said().await.len(), 600);
    assert_eq!(place.people.asked.load(Ordering::SeqCst), 3, "256, 256 and 88");
}

#[tokio::test]
async fn mail_for_fail_test_is_tried_with_waits_and_ends_as_a_dead_letter() {
    let place = Place::new();
    place.people.emails.lock().insert(1, "secret@fail.test".into());
    let post = place.open();
    post.hear(&confirmed(1, 1)).await;
    post.hear(&confirmed(2, 2)).await;
    assert_eq!(post.mails(1).await[0].booking_id, booking(2), "it holds nobody up");

    let tried = async || post.about(1).await;
    for attempts in 1..10 {
        eventually(&format!("attempt {attempts}"), async || tried().await.attempts == attempts).await;
        let row = tried().await;
        assert_eq!(row.status, NotificationStatus::Queued);
        assert!(row.due_at > place.hand.now() && row.due_at <= place.hand.now().plus(LONG), "attempt {attempts}");
        place.hand.advance(LONG);
    }
    eventually("it is given up", async || tried().await.status == NotificationStatus::Failed).await;
    let row = tried().await;
    assert_eq!((row.attempts, row.sent_at), (10, None));

    let [letter] = post.retries().await.try_into().unwrap();
    assert_eq!(
        (letter.source.as_str(), letter.position, letter.state),
        ("notifications", -1, DeferredState::DeadLettered)
    );
    assert_eq!(letter.correlation_id, "errand-1");
    let parked: NotificationQueued = letter.message().read().unwrap();
    assert_eq!(parked, NotificationQueued { notification_id: row.id, booking_id: booking(1), kind: row.kind });
    for text in [&letter.error, &letter.body, &row.error.unwrap()] {
        assert!(!text.contains("secret@") && !text.contains("Person"), "{text}");
    }
    let head: LogHead = post.writer.database().get(LOG.to_owned()).await.unwrap().unwrap();
    assert_eq!((head.deferred_count, head.last_position), (1, 1), "only the other letter was announced");
}

#[tokio::test]
async fn a_dead_letter_is_replayed_until_it_goes_out() {
    let place = Place::new();
    place.people.emails.lock().insert(1, "p1@fail.test".into());
    let post = place.start(&[("NOTIFICATIONS_MAX_ATTEMPTS", "2")], None, true);
    let replay = async |position| {
        post.writer.run(Origin::default(), ReplayDeadLetter { source: "notifications".into(), position }).await
    };
    let positions = async || post.retries().await.iter().map(|letter| letter.position).collect::<Vec<_>>();
    let give_up = async |position: i64| {
        eventually("an attempt", async || post.notifications().await[0].attempts == 1).await;
        place.hand.advance(LONG);
        eventually("it is parked", async || positions().await == [position]).await;
        assert_eq!(post.notifications().await[0].status, NotificationStatus::Failed);
    };
    post.hear(&confirmed(1, 1)).await;
    give_up(-1).await;
    // The obstacle is still there: all its attempts are before it again, and then it is parked again.
    replay(-1).await.unwrap();
    give_up(-2).await;
    assert!(replay(-1).await.is_err(), "it is not parked under its old number any more");

    place.people.emails.lock().insert(1, "p1@example.com".into());
    replay(-2).await.unwrap();
    assert_eq!(post.mails(1).await[0].to_address, "p1@example.com");
    eventually("nothing is put aside", async || positions().await.is_empty()).await;
    let [row] = post.notifications().await.try_into().unwrap();
    assert_eq!((row.status, row.attempts, row.error), (NotificationStatus::Sent, 1, None));
    assert_eq!(post.said().await.len(), 1);

    // A replay that comes late finds a letter that went out, and leaves it.
    let queued = NotificationQueued { notification_id: row.id, booking_id: row.booking_id, kind: row.kind };
    post.hear(&queued).await;
    post.hear(&NotificationQueued { notification_id: uuid::Uuid::nil().into(), ..queued }).await;
    assert_eq!(post.notifications().await[0].status, NotificationStatus::Sent);
}

#[tokio::test]
async fn a_dead_letter_that_is_discarded_stays_failed() {
    let place = Place::new();
    place.people.emails.lock().insert(1, "p1@fail.test".into());
    let post = place.start(&[("NOTIFICATIONS_MAX_ATTEMPTS", "1")], None, true);
    post.hear(&confirmed(1, 1)).await;
    eventually("it is parked", async || post.retries().await.len() == 1).await;
    let discard = DiscardDeadLetter { source: "notifications".into(), position: -1, reason: "of no use".into() };
    post.writer.run(Origin::default(), discard).await.unwrap();
    assert!(post.retries().await.is_empty());
    place.hand.advance(LONG);
    post.hear(&confirmed(2, 2)).await;
    post.mails(1).await;
    assert_eq!(post.about(1).await.status, NotificationStatus::Failed);
}

#[tokio::test]
async fn for_a_user_who_is_gone_it_ends_without_a_dead_letter() {
    let place = Place::new();
    let post = place.open();
    post.hear(&confirmed(1, 404)).await;
    eventually("it is given up", async || post.notifications().await[0].status == NotificationStatus::Failed).await;
    let [row] = post.notifications().await.try_into().unwrap();
    assert_eq!((row.error.as_deref(), row.sent_at), (Some("the user is unknown or deleted"), None));
    assert!(post.retries().await.is_empty() && post.mailbox().await.is_empty() && post.said().await.is_empty());
}

#[tokio::test]
async fn while_addresses_cannot_be_asked_for_letters_wait_and_lose_no_attempt() {
    let place = Place::new();
    place.people.are_out.store(true, Ordering::SeqCst);
    let post = place.open();
    post.hear(&confirmed(1, 1)).await;
    let asked = async || place.people.asked.load(Ordering::SeqCst);
    for times in 1..=12 {
        eventually("it asks", async || asked().await >= times).await;
        place.hand.advance(Duration::from_secs(1));
    }
    let [row] = post.notifications().await.try_into().unwrap();
    assert_eq!((row.status, row.attempts, row.version), (NotificationStatus::Queued, 0, 1));
    place.people.are_out.store(false, Ordering::SeqCst);
    place.hand.advance(Duration::from_secs(1));
    eventually("it is sent", async || {
        place.hand.advance(Duration::from_secs(1));
        post.mailbox().await.len() == 1
    })
    .await;
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused_with_what_could() {
    let place = Place::new();
    for (name, value, part) in [
        ("NOTIFICATIONS_EMAIL", "smtp://localhost", "expected mailbox:"),
        ("NOTIFICATIONS_MAX_ATTEMPTS", "0", "BOXOFFICE_NOTIFICATIONS_MAX_ATTEMPTS"),
        ("NOTIFICATIONS_MAX_ATTEMPTS", "many", "BOXOFFICE_NOTIFICATIONS_MAX_ATTEMPTS"),
        ("NOTIFICATIONS_COLOR", "blue", "BOXOFFICE_NOTIFICATIONS_EMAIL"),
    ] {
        let refused = place.assemble(&[(name, value)], None).err().unwrap().to_string();
        assert!(refused.contains(part), "{name}={value}: {refused}");
    }
}
