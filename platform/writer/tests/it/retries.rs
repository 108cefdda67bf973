//! Retries: a failed message is deferred and delivered again, in order within its key.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use boxoffice_outbox::{
    Backoff, DeferredMessage,
    DeferredState::{Blocked, Deferred},
};
use boxoffice_writer::{DeliveryFault, Reactions, Writer, WriterParts, run_retries};

use crate::{harness::*, services::*};

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_message_is_retried_and_blocks_its_key() {
    let services = Services::start().await;
    services.publish(1, 7, "refuse").await;
    services.publish(2, 7, "succeed").await;
    services.publish(3, 8, "succeed").await;
    services.publish(4, 7, "succeed").await;
    services.deferred(&[(1, Deferred, 1), (2, Blocked, 0), (4, Blocked, 0)]).await;
    services.notes(&[3]).await;
    services.time.advance(LONG);
    services.deferred(&[(1, Deferred, 2), (2, Blocked, 0), (4, Blocked, 0)]).await;
    services.publish(5, 9, "succeed").await;
    services.notes(&[3, 5]).await;
    services.repair().await;
    services.deferred(&[(1, Deferred, 2), (2, Blocked, 0), (4, Blocked, 0)]).await;
    services.time.advance(LONG);
    services.notes(&[3, 5, 1, 2, 4]).await;
    services.deferred(&[]).await;
    services.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn blocked_messages_are_delivered_in_order() {
    let services = Services::start().await;
    run(&services.publisher, publish_events(1..=40, 7, "refuse")).await.unwrap();
    let blocked: Vec<_> = (2..=40).map(|position| (position, Blocked, 0)).collect();
    services.deferred(&[&[(1, Deferred, 1)], blocked.as_slice()].concat()).await;
    services.repair().await;
    services.time.advance(LONG);
    services.notes(&(1..=40).collect::<Vec<i64>>()).await;
    services.deferred(&[]).await;
    services.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_constraint_violation_defers_one_message_of_a_batch() {
    let services = Services::start().await;
    let paused = services.consumer.pause();
    for (n, behavior) in [(1, "succeed"), (2, "collide"), (3, "succeed"), (4, "collide"), (5, "succeed")] {
        services.publish(n, u128::try_from(n).unwrap(), behavior).await;
    }
    drop(paused);
    services.notes(&[1, 3, 5]).await;
    services.deferred(&[(2, Deferred, 1), (4, Deferred, 1)]).await;
    services.repair().await;
    services.time.advance(LONG);
    services.deferred(&[]).await;
    let mut written = recorded(&services.consumer).await;
    written.sort_unstable();
    assert_eq!(written, [1, 2, 3, 4, 5]);
    services.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_is_queued_twice_runs_once() {
    let services = Services::start().await;
    services.publish(1, 7, "refuse").await;
    services.deferred(&[(1, Deferred, 1)]).await;
    let paused = services.consumer.pause();
    let mut blocker = Box::pin(run(&services.consumer, command_of(|_| (), |_, _| Ok(()))));
    queue(blocker.as_mut());
    eventually("the writer has taken the blocker", async || services.consumer.depth() == (0, 0)).await;
    for times in 1..=3 {
        services.time.advance(LONG);
        eventually("the retry is queued", async || services.consumer.depth().0 == times).await;
    }
    drop(paused);
    blocker.await.unwrap();
    services.deferred(&[(1, Deferred, 2)]).await;
    run(&services.consumer, command_of(|_| (), |_, _| Ok(()))).await.unwrap();
    services.deferred(&[(1, Deferred, 2)]).await;
    services.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn deferred_messages_survive_a_restart() {
    let services = Services::start().await;
    services.publish(1, 7, "refuse").await;
    services.publish(2, 7, "succeed").await;
    services.deferred(&[(1, Deferred, 1), (2, Blocked, 0)]).await;
    let Services { publisher, consumer, time, folder } = services;
    consumer.stop();
    let (clock, _) = (consumer.clock().clone(), time.advance(LONG));
    let parts = folder.parts("consumer", Reactions::default().on(fallible));
    let consumer = Writer::start(WriterParts { clock, ..parts }).unwrap();
    consume(&consumer, &publisher).await;
    run(&consumer, create_quota(1, 1)).await.unwrap();
    tokio::spawn(run_retries(consumer.clone()));
    let services = Services { publisher, consumer, time, folder };
    services.notes(&[1, 2]).await;
    services.deferred(&[]).await;
    services.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_injection_delays_messages_and_loses_none() {
    let folder = TestFolder::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let fault: DeliveryFault = {
        let asked = asked.clone();
        // Fails every second attempt.
        Arc::new(move |_| asked.fetch_add(1, Ordering::SeqCst).is_multiple_of(2).then(|| "not now".to_owned()))
    };
    let backoff = Backoff { first: Duration::from_millis(2), longest: Duration::from_millis(2), ..Backoff::default() };
    let publisher = folder.publisher(None);
    let parts = folder.parts("consumer", recording_handlers().with_fault(Some(fault)));
    let consumer = Writer::start(WriterParts { backoff, ..parts }).unwrap();
    consume(&consumer, &publisher).await;
    tokio::spawn(run_retries(consumer.clone()));
    for n in 1..=20 {
        run(&publisher, publish_events(n..=n, 7, "succeed")).await.unwrap();
    }
    eventually("all are consumed", async || recorded(&consumer).await.len() >= 20).await;
    assert_eq!(recorded(&consumer).await, (1..=20).collect::<Vec<i64>>());
    eventually("no message is deferred", async || all::<DeferredMessage>(&consumer).await.is_empty()).await;
    assert!(asked.load(Ordering::SeqCst) >= 40);
    publisher.stop();
    consumer.stop();
}

#[tokio::test]
async fn handling_a_message_directly_moves_no_cursor() {
    let services = Services::start().await;
    services.publish(1, 7, "succeed").await;
    services.notes(&[1]).await;
    let message = log_of(&services.publisher).after(0, 1).await.unwrap().remove(0).message;
    services.consumer.handle(&message).await.unwrap();
    services.notes(&[1, 1]).await;
    assert_eq!(all::<boxoffice_outbox::Cursor>(&services.consumer).await[0].position, 1);
    let garbled = boxoffice_envelope::Message { body: "{}".into(), ..message.clone() };
    assert!(services.consumer.handle(&garbled).await.unwrap_err().contains("cannot be read"));
    let unconsumed = boxoffice_envelope::Message { kind: "OtherEvent".into(), ..message };
    assert!(services.consumer.handle(&unconsumed).await.is_err());
    services.stop();
}
