//! Every message has its effect once and in order, whether handed over in memory or read from the log.

use boxoffice_outbox::Cursor;
use boxoffice_writer::{Limits, Writer, WriterParts};

use crate::harness::*;

async fn consumed(consumer: &Writer, count: usize) {
    eventually("all events are recorded", async || recorded(consumer).await.len() >= count).await;
    assert_eq!(recorded(consumer).await, (1..).take(count).collect::<Vec<i64>>());
    let cursor = all::<Cursor>(consumer).await.remove(0);
    assert_eq!((cursor.source.as_str(), cursor.position), ("publisher", i64::try_from(count).unwrap()));
}

#[tokio::test]
async fn messages_are_handed_over_in_memory() {
    let folder = TestFolder::new();
    let (publisher, consumer) = (folder.publisher(None), folder.consumer(recording_handlers()));
    // The consumer future is never polled: nothing is read from the log.
    let unused = boxoffice_writer::consume(&consumer, log_of(&publisher), &publisher).await.unwrap();
    for n in 0..20 {
        run(&publisher, publish_events(n * 3 + 1..=n * 3 + 3, 1, "succeed")).await.unwrap();
    }
    consumed(&consumer, 60).await;
    drop(unused);
    publisher.stop();
    consumer.stop();
}

#[tokio::test]
async fn a_consumer_that_was_down_reads_the_log() {
    let folder = TestFolder::new();
    let publisher = folder.publisher(None);
    run(&publisher, publish_events(1..=1300, 1, "succeed")).await.unwrap();
    let consumer = folder.consumer(recording_handlers());
    consume(&consumer, &publisher).await;
    consumed(&consumer, 1300).await;
    run(&publisher, publish_events(1301..=1302, 1, "succeed")).await.unwrap();
    consumed(&consumer, 1302).await;
    publisher.stop();
    consumer.stop();
}

/// Publishes 5,000 messages, ten in each commit, in a task.
fn stream(publisher: &Writer) -> tokio::task::JoinHandle<()> {
    let publisher = publisher.clone();
    tokio::spawn(async move {
        for n in 0..500 {
            run(&publisher, publish_events(n * 10 + 1..=n * 10 + 10, u128::try_from(n % 7).unwrap(), "succeed"))
                .await
                .unwrap();
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_consumer_continues_at_its_cursor() {
    let folder = TestFolder::new();
    let publisher = folder.publisher(None);
    let publishing = stream(&publisher);
    for until in [1000, 2500, 4000] {
        let consumer = folder.consumer(recording_handlers());
        consume(&consumer, &publisher).await;
        eventually("a part is consumed", async || recorded(&consumer).await.len() >= until).await;
        consumer.stop();
    }
    publishing.await.unwrap();
    let consumer = folder.consumer(recording_handlers());
    consume(&consumer, &publisher).await;
    consumed(&consumer, 5000).await;
    publisher.stop();
    consumer.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_offered_twice_have_one_effect() {
    let folder = TestFolder::new();
    let (publisher, consumer) = (folder.publisher(None), folder.consumer(recording_handlers()));
    consume(&consumer, &publisher).await;
    let first = stream(&publisher);
    consume(&consumer, &publisher).await;
    first.await.unwrap();
    consumed(&consumer, 5000).await;
    eventually("the queue is empty", async || consumer.depth() == (0, 0)).await;
    assert_eq!(recorded(&consumer).await.len(), 5000);
    publisher.stop();
    consumer.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_smaller_than_a_commit_loses_no_message() {
    for messages in 1..=3 {
        let folder = TestFolder::new();
        let publisher = folder.publisher(None);
        let limits = Limits { messages, batch: 2, ..Limits::default() };
        let consumer = Writer::start(WriterParts { limits, ..folder.parts("consumer", recording_handlers()) }).unwrap();
        consume(&consumer, &publisher).await;
        for n in 0..50 {
            run(&publisher, publish_events(n * 4 + 1..=n * 4 + 4, 1, "succeed")).await.unwrap();
        }
        consumed(&consumer, 200).await;
        publisher.stop();
        consumer.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consumer_refills_a_full_queue_without_delay() {
    let folder = TestFolder::new();
    let publisher = folder.publisher(None);
    // The clock stands still: no delay can end.
    let (clock, _time) = manual_clock();
    let limits = Limits { messages: 2, batch: 2, ..Limits::default() };
    let consumer =
        Writer::start(WriterParts { limits, clock, ..folder.parts("consumer", recording_handlers()) }).unwrap();
    consume(&consumer, &publisher).await;
    let paused = consumer.pause();
    for n in 1..=40 {
        run(&publisher, publish_events(n..=n, 1, "succeed")).await.unwrap();
    }
    drop(paused);
    consumed(&consumer, 40).await;
    publisher.stop();
    consumer.stop();
}

#[tokio::test]
async fn a_stopping_writer_hands_over_its_last_messages() {
    let folder = TestFolder::new();
    let (publisher, consumer) = (folder.publisher(None), folder.consumer(recording_handlers()));
    let _unused = boxoffice_writer::consume(&consumer, log_of(&publisher), &publisher).await.unwrap();
    let paused = publisher.pause();
    let mut waiting: Vec<_> =
        (1..=30).map(|n| Box::pin(run(&publisher, publish_events(n..=n, 1, "succeed")))).collect();
    waiting.iter_mut().for_each(|future| queue(future.as_mut()));
    let stopping = std::thread::spawn({
        let publisher = publisher.clone();
        move || publisher.stop()
    });
    eventually("the writer stops", async || publisher.is_closed()).await;
    drop(paused);
    for future in waiting {
        future.await.unwrap();
    }
    consumed(&consumer, 30).await;
    stopping.join().unwrap();
    consumer.stop();
}
