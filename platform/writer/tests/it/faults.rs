//! Corrupt rows, replaced logs, and a database that cannot commit for a while.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use boxoffice_database::Error;
use boxoffice_outbox::{DeferredMessage, DeferredState};
use boxoffice_writer::{Command, CrashProbe, Failure, Limits, Reactions, Stage, Writer, WriterParts};

use crate::harness::*;

#[tokio::test]
async fn a_cursor_of_another_log_is_an_error() {
    let folder = TestFolder::new();
    let publisher = folder.publisher(None);
    run(&publisher, publish_events(1..=3, 1, "succeed")).await.unwrap();
    let consumer = folder.consumer(recording_handlers());
    consume(&consumer, &publisher).await;
    eventually("all events are consumed", async || recorded(&consumer).await.len() == 3).await;
    consumer.stop();
    publisher.stop();

    let elsewhere = TestFolder::new();
    let other = elsewhere.publisher(None);
    run(&other, publish_events(1..=9, 1, "succeed")).await.unwrap();
    let consumer = folder.consumer(recording_handlers());
    let Err(Error::Corrupt { table: "cursors", detail }) =
        boxoffice_writer::consume(&consumer, log_of(&other), &other).await.map(drop)
    else {
        panic!("a log with another id was consumed")
    };
    assert!(detail.contains("publisher was consumed from log"), "{detail}");
    consumer.stop();
    other.stop();
}

#[tokio::test]
async fn a_cursor_past_the_end_of_the_log_is_an_error() {
    let folder = TestFolder::new();
    let publisher = folder.publisher(None);
    run(&publisher, publish_events(1..=3, 1, "succeed")).await.unwrap();
    let consumer = folder.consumer(recording_handlers());
    consume(&consumer, &publisher).await;
    eventually("all events are consumed", async || recorded(&consumer).await.len() == 3).await;
    consumer.stop();
    publisher.stop();
    folder.run_sql(
        "publisher",
        "restore",
        "DELETE FROM outbox WHERE position > 2; UPDATE log_heads SET last_position = 2;",
    );
    let (publisher, consumer) = (folder.publisher(None), folder.consumer(recording_handlers()));
    let refused = boxoffice_writer::consume(&consumer, log_of(&publisher), &publisher).await.map(drop);
    assert!(matches!(refused, Err(Error::Corrupt { table: "cursors", .. })), "{refused:?}");
    consumer.stop();
    publisher.stop();
}

#[tokio::test]
async fn a_cursor_before_the_retained_messages_is_an_error() {
    let folder = TestFolder::new();
    let publisher = folder.publisher(None);
    run(&publisher, publish_events(1..=5, 1, "succeed")).await.unwrap();
    folder.run_sql("publisher", "forget", "DELETE FROM outbox WHERE position <= 2");
    let consumer = folder.consumer(recording_handlers());
    consume(&consumer, &publisher).await;
    eventually("the retained messages are consumed", async || recorded(&consumer).await == [3, 4, 5]).await;
    consumer.stop();

    run(&publisher, publish_events(6..=9, 1, "succeed")).await.unwrap();
    folder.run_sql("publisher", "forget more", "DELETE FROM outbox WHERE position <= 7");
    let consumer = folder.consumer(recording_handlers());
    let refused = boxoffice_writer::consume(&consumer, log_of(&publisher), &publisher).await.map(drop);
    assert!(matches!(refused, Err(Error::Corrupt { table: "cursors", .. })), "{refused:?}");
    folder.run_sql("publisher", "forget all", "DELETE FROM outbox");
    let refused = boxoffice_writer::consume(&consumer, log_of(&publisher), &publisher).await.map(drop);
    assert!(matches!(refused, Err(Error::Corrupt { table: "cursors", .. })), "{refused:?}");
    consumer.stop();

    // A new consumer of a log without retained messages begins with the next one.
    let late = Writer::start(folder.parts("late", recording_handlers())).unwrap();
    consume(&late, &publisher).await;
    run(&publisher, publish_events(10..=11, 1, "succeed")).await.unwrap();
    eventually("later messages are consumed", async || recorded(&late).await == [10, 11]).await;
    late.stop();
    publisher.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_commit_loses_no_message() {
    for batch in [1, 256] {
        let folder = TestFolder::new();
        let publisher = folder.publisher(None);
        let tries = Arc::new(AtomicUsize::new(0));
        let probe: CrashProbe = {
            let tries = tries.clone();
            Arc::new(move |probe| {
                let consumes = probe.stage == Stage::BeforeCommit && !probe.consumes.is_empty();
                tries.fetch_add(usize::from(consumes), Ordering::SeqCst);
                false
            })
        };
        let (clock, time) = manual_clock();
        let limits = Limits { batch, ..Limits::default() };
        let parts = WriterParts { limits, clock, probe: Some(probe), ..folder.parts("consumer", recording_handlers()) };
        let consumer = Writer::start(parts).unwrap();
        folder.run_sql("consumer", "break", "ALTER TABLE notes RENAME TO lost");
        consume(&consumer, &publisher).await;
        for n in 0..4 {
            run(&publisher, publish_events(n * 5 + 1..=n * 5 + 5, 1, "succeed")).await.unwrap();
        }
        for round in 1..=3 {
            // The consumer may begin to sleep after the clock was advanced: advance until it wakes.
            eventually("a delivery is attempted", async || {
                time.advance(Duration::from_millis(10));
                tries.load(Ordering::SeqCst) >= round
            })
            .await;
            let refused =
                run(&consumer, record(TestEvent { n: 0, key: uuid::Uuid::nil(), behavior: String::new() })).await;
            assert!(matches!(refused, Err(Failure::Unavailable(_))), "{refused:?}");
            eventually("the queue is empty", async || consumer.depth() == (0, 0)).await;
            time.advance(Duration::from_secs(1));
        }
        let many = tries.load(Ordering::SeqCst);
        assert!(many < 20, "{many} attempts: the consumer must wait before it retries");
        folder.run_sql("consumer", "repair", "ALTER TABLE lost RENAME TO notes");
        eventually("all events are consumed", async || {
            time.advance(Duration::from_secs(1));
            recorded(&consumer).await.len() >= 20
        })
        .await;
        assert_eq!(recorded(&consumer).await, (1..=20).collect::<Vec<i64>>());
        assert!(all::<DeferredMessage>(&consumer).await.is_empty(), "an unavailable database defers no message");
        publisher.stop();
        consumer.stop();
    }
}

/// Reads the quota whose id is the number of the event.
fn read_quota(event: TestEvent) -> impl Command<Answer = i64, Refusal = Refusal> {
    command_of(
        move |reads| {
            reads.row::<Quota>(event.n);
        },
        move |work, _| {
            work.insert(Note { number: event.n, n: event.n, text: String::new() });
            Ok(work.get::<Quota>(event.n).map_or(0, |quota| quota.capacity))
        },
    )
}

#[tokio::test]
async fn a_corrupt_row_fails_only_commands_that_read_it() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    run(&writer, create_quota(2, 5)).await.unwrap();
    run(&writer, create_quota(3, 5)).await.unwrap();
    folder.run_sql("publisher", "break", "UPDATE quotas SET version = 'x' WHERE id = 2");
    let look = |n| read_quota(TestEvent { n, key: uuid::Uuid::nil(), behavior: String::new() });
    let outcomes = run_in_one_batch(&writer, [1, 2, 3].map(look)).await;
    let [Ok(0), Err(Failure::Internal(why)), Ok(5)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert!(why.contains("quotas") && why.contains("version"), "{why}");
    writer.stop();
}

#[tokio::test]
async fn a_corrupt_row_defers_only_messages_that_read_it() {
    let folder = TestFolder::new();
    let (publisher, consumer) = (folder.publisher(None), folder.consumer(Reactions::default().on(read_quota)));
    run(&consumer, create_quota(2, 5)).await.unwrap();
    folder.run_sql("consumer", "break", "UPDATE quotas SET capacity = 1.5 WHERE id = 2");
    consume(&consumer, &publisher).await;
    for n in 1..=3 {
        run(&publisher, publish_events(n..=n, u128::try_from(n).unwrap(), "")).await.unwrap();
    }
    eventually("the other messages are consumed", async || recorded(&consumer).await == [1, 3]).await;
    let deferred = all::<DeferredMessage>(&consumer).await;
    assert_eq!(deferred.len(), 1);
    assert_eq!((deferred[0].position, deferred[0].state), (2, DeferredState::Deferred));
    assert!(deferred[0].error.contains("capacity"), "{}", deferred[0].error);
    publisher.stop();
    consumer.stop();
}
