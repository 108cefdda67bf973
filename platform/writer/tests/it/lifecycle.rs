//! Overload, stopping and pausing.

use std::time::Duration;

use boxoffice_clock::Clock;
use boxoffice_writer::{Failure, Limits, Retention, Writer, WriterParts};

use crate::harness::*;

#[tokio::test]
async fn a_full_queue_refuses_requests_at_once() {
    let folder = TestFolder::new();
    let limits = Limits { requests: 3, ..Limits::default() };
    let writer = Writer::start(WriterParts { limits, ..folder.parts("publisher", recording_handlers()) }).unwrap();
    run(&writer, create_quota(1, 99)).await.unwrap();
    let paused = writer.pause();
    let mut waiting: Vec<_> = Vec::new();
    let mut busy = 0;
    while busy == 0 {
        let hold = i64::try_from(waiting.len()).unwrap();
        let mut future = Box::pin(run(&writer, create_hold(1, hold, &hold.to_string())));
        match std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context))).await {
            std::task::Poll::Pending => waiting.push(future),
            std::task::Poll::Ready(outcome) => {
                assert!(matches!(outcome, Err(Failure::Busy)), "{outcome:?}");
                busy += 1;
            }
        }
    }
    // Besides the queued requests the writer holds at most one batch.
    assert!((3..=6).contains(&waiting.len()), "{}", waiting.len());
    drop(paused);
    let accepted = waiting.len();
    for future in waiting {
        future.await.unwrap();
    }
    assert_eq!(all::<Hold>(&writer).await.len(), accepted, "accepted commands run, refused ones do not");
    writer.stop();
}

#[tokio::test]
async fn stop_finishes_queued_requests_and_refuses_new_ones() {
    let folder = TestFolder::new();
    let limits = Limits { batch: 4, ..Limits::default() };
    let writer = Writer::start(WriterParts { limits, ..folder.parts("publisher", recording_handlers()) }).unwrap();
    run(&writer, create_quota(1, 99)).await.unwrap();
    let paused = writer.pause();
    let mut waiting: Vec<_> = (1..=50).map(|n| Box::pin(run(&writer, create_hold(1, n, &n.to_string())))).collect();
    waiting.iter_mut().for_each(|future| queue(future.as_mut()));
    drop(paused);
    writer.stop();
    for future in waiting {
        future.await.unwrap();
    }
    assert!(writer.is_closed());
    let late = run(&writer, create_hold(1, 51, "late")).await;
    assert!(matches!(late, Err(Failure::Unavailable(_))), "{late:?}");
    writer.stop();
    assert_eq!(published(&writer).await, (1..=50).collect::<Vec<i64>>());
}

#[tokio::test]
async fn background_tasks_end_with_their_writer() {
    let folder = TestFolder::new();
    let (publisher, consumer) = (folder.publisher(None), folder.consumer(recording_handlers()));
    // The clock stands still: only the end of the writer wakes its tasks.
    let (clock, _time) = manual_clock();
    let still = Writer::start(WriterParts { clock, ..folder.parts("still", recording_handlers()) }).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(boxoffice_writer::consume(&consumer, log_of(&publisher), &publisher).await.unwrap());
    tasks.spawn(boxoffice_writer::run_retries(still.clone()));
    tasks.spawn(boxoffice_writer::run_retention(still.clone(), Retention::default()));
    run(&publisher, publish_events(1..=2, 1, "succeed")).await.unwrap();
    eventually("the consumer runs", async || recorded(&consumer).await.len() == 2).await;
    for writer in [&consumer, &still, &publisher] {
        writer.stop();
    }
    let timeout = Clock::system();
    tokio::select! {
        all = tasks.join_all() => assert_eq!(all.len(), 3),
        () = timeout.sleep(Duration::from_secs(10)) => panic!("a task still runs after its writer stopped"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_of_paused_writers_are_consistent() {
    let folder = TestFolder::new();
    let (publisher, consumer) = (folder.publisher(None), folder.consumer(recording_handlers()));
    consume(&consumer, &publisher).await;
    run(&publisher, create_quota(1, 100_000)).await.unwrap();
    let publishing = tokio::spawn({
        let publisher = publisher.clone();
        async move {
            for n in 1..=300 {
                run(&publisher, create_hold(1, n, &n.to_string())).await.unwrap();
            }
        }
    });
    let mut looked = 0;
    while !publishing.is_finished() || looked == 0 {
        let (_one, _other) = (publisher.pause(), consumer.pause());
        let (here, there) = (publisher.database().snapshot().unwrap(), consumer.database().snapshot().unwrap());
        drop((_one, _other));
        let quota = here.select::<Quota>("", Vec::new()).unwrap().remove(0);
        let holds = here.select::<Hold>("", Vec::new()).unwrap().len();
        let consumed = there.select::<Note>("", Vec::new()).unwrap().len();
        assert_eq!(usize::try_from(quota.taken).unwrap(), holds);
        assert!(consumed <= holds, "{consumed} effects of {holds} causes");
        looked += 1;
        tokio::task::yield_now().await;
    }
    publishing.await.unwrap();
    let snapshot = publisher.database().snapshot().unwrap();
    run(&publisher, create_hold(1, 301, "later")).await.unwrap();
    assert_eq!(snapshot.select::<Hold>("", Vec::new()).unwrap().len(), 300, "a snapshot never changes");
    publisher.stop();
    consumer.stop();
}
