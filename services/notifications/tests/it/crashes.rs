use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use boxoffice_notifications::domain::NotificationStatus;
use boxoffice_writer::{Probe, Stage};

use crate::harness::*;

/// The e-mail and the status of its notification are written in one transaction.
#[tokio::test(flavor = "multi_thread")]
async fn an_email_is_sent_exactly_once_after_a_crash_before_or_after_the_commit() {
    for stage in [Stage::BeforeCommit, Stage::AfterCommit] {
        let environment = Environment::new();
        let service = environment.start_without_tasks();
        for n in 1..=3 {
            service.consume(&confirmed(n, 1)).await;
        }
        service.writer.stop();

        let crashed = Arc::new(AtomicBool::new(false));
        let fired = crashed.clone();
        let probe = move |probe: Probe<'_>| probe.stage == stage && !fired.swap(true, Ordering::SeqCst);
        let crashing = environment.start_with_probe(Arc::new(probe));
        eventually("the writer crashes", async || crashing.writer.is_closed()).await;
        crashing.writer.stop();
        assert!(crashed.load(Ordering::SeqCst));
        let expected = if stage == Stage::AfterCommit { 3 } else { 0 };
        assert_eq!((crashing.mailbox().await.len(), crashing.sent().await.len()), (expected, expected), "{stage:?}");

        let service = environment.start();
        let emails = service.wait_for_emails(3).await;
        let bookings: BTreeSet<_> = emails.iter().map(|email| email.booking_id).collect();
        assert_eq!((emails.len(), bookings.len()), (3, 3), "{stage:?}");
        // Sending a further notification shows that the task has scanned for the earlier ones again.
        service.consume(&confirmed(4, 1)).await;
        assert_eq!((service.wait_for_emails(4).await.len(), service.sent().await.len()), (4, 4), "{stage:?}");
        assert!(service.notifications().await.iter().all(|row| row.status == NotificationStatus::Sent));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_send_each_email_once() {
    let environment = Environment::new();
    let (first, second) = (environment.start(), environment.start());
    for n in 1..=40 {
        let service = if n % 2 == 0 { &first } else { &second };
        service.consume(&confirmed(n, 1)).await;
    }
    eventually("all notifications are sent", async || {
        first.clock.advance(std::time::Duration::from_secs(2));
        first.notifications().await.iter().all(|row| row.status == NotificationStatus::Sent)
    })
    .await;
    assert_eq!((first.mailbox().await.len(), first.sent().await.len()), (40, 40));
}
