use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use boxoffice_notifications::domain::NotificationStatus;
use boxoffice_writer::{Probe, Stage};

use crate::setting::*;

/// The letter and the mark that it went out are one transaction: whatever is lost is lost together.
#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_in_the_mailbox_exactly_once_after_a_crash_on_either_side_of_the_commit() {
    for stage in [Stage::BeforeCommit, Stage::AfterCommit] {
        let place = Place::new();
        let idle = place.idle();
        for n in 1..=3 {
            idle.hear(&confirmed(n, 1)).await;
        }
        idle.writer.stop();

        let crashed = Arc::new(AtomicBool::new(false));
        let fired = crashed.clone();
        let probe = move |probe: Probe<'_>| probe.stage == stage && !fired.swap(true, Ordering::SeqCst);
        let doomed = place.start(&[], Some(Arc::new(probe)), true);
        eventually("it crashes", async || doomed.writer.is_closed()).await;
        doomed.writer.stop();
        assert!(crashed.load(Ordering::SeqCst));
        let kept = if stage == Stage::AfterCommit { 3 } else { 0 };
        assert_eq!((doomed.mailbox().await.len(), doomed.said().await.len()), (kept, kept), "{stage:?}");

        let post = place.open();
        let letters = post.mails(3).await;
        let bookings: BTreeSet<_> = letters.iter().map(|letter| letter.booking_id).collect();
        assert_eq!((letters.len(), bookings.len()), (3, 3), "{stage:?}");
        // Whatever it sends next, it sends after it has looked at the others again.
        post.hear(&confirmed(4, 1)).await;
        assert_eq!((post.mails(4).await.len(), post.said().await.len()), (4, 4), "{stage:?}");
        assert!(post.notifications().await.iter().all(|row| row.status == NotificationStatus::Sent));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_senders_at_once_send_each_letter_once() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    for n in 1..=40 {
        let post = if n % 2 == 0 { &one } else { &other };
        post.hear(&confirmed(n, 1)).await;
    }
    eventually("all are sent", async || {
        place.hand.advance(std::time::Duration::from_secs(2));
        one.notifications().await.iter().all(|row| row.status == NotificationStatus::Sent)
    })
    .await;
    assert_eq!((one.mailbox().await.len(), one.said().await.len()), (40, 40));
}
