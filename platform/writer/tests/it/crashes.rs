//! `kill -9` of publishers and consumers, before and after any commit.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use boxoffice_writer::{CrashProbe, Failure, Stage, Writer, WriterParts};

use crate::harness::*;

/// Crashes the writer when it reaches `stage` for the `k`-th time.
fn crash_at(stage: Stage, k: usize) -> CrashProbe {
    let count = AtomicUsize::new(0);
    Arc::new(move |probe| probe.stage == stage && count.fetch_add(1, Ordering::SeqCst) + 1 == k)
}

const STAGES: [Stage; 2] = [Stage::BeforeCommit, Stage::AfterCommit];

#[tokio::test]
async fn a_crash_makes_the_outcome_unknown_and_keeps_only_committed_changes() {
    for stage in STAGES {
        let folder = TestFolder::new();
        let writer = folder.publisher(Some(crash_at(stage, 3)));
        run(&writer, create_quota(1, 9)).await.unwrap();
        run(&writer, create_hold(1, 1, "one")).await.unwrap();
        let crashed = run(&writer, create_hold(1, 2, "two")).await;
        assert!(matches!(crashed, Err(Failure::Unknown)), "{crashed:?}");
        eventually("the writer is closed", async || writer.is_closed()).await;
        let late = run(&writer, create_hold(1, 3, "three")).await;
        assert!(matches!(late, Err(Failure::Unavailable(_))), "{late:?}");
        writer.stop();

        let writer = folder.writer();
        let kept: &[i64] = if stage == Stage::AfterCommit { &[1, 2] } else { &[1] };
        assert_eq!(published(&writer).await, kept);
        assert_eq!(all::<Hold>(&writer).await.iter().map(|hold| hold.id).collect::<Vec<_>>(), kept);
        assert_eq!(all::<Quota>(&writer).await[0].taken, i64::try_from(kept.len()).unwrap());
        writer.stop();
    }
}

#[tokio::test]
async fn a_crash_makes_the_outcome_of_a_whole_batch_unknown() {
    let folder = TestFolder::new();
    let writer = folder.publisher(Some(crash_at(Stage::AfterCommit, 2)));
    run(&writer, create_quota(1, 9)).await.unwrap();
    let outcomes = run_in_one_batch(&writer, (1..=5).map(|n| create_hold(1, n, &n.to_string()))).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Failure::Unknown))), "{outcomes:?}");
    let writer = folder.writer();
    assert_eq!(published(&writer).await, [1, 2, 3, 4, 5]);
    writer.stop();
}

/// Publishes `count` messages one by one with writers that crash at every `k`-th commit, and repeats those that were not
/// committed. Returns the number of crashes.
async fn publish_through_crashes(folder: &TestFolder, consumer: &Writer, stage: Stage, k: usize, count: i64) -> usize {
    let mut crashes = 0;
    loop {
        let publisher = folder.publisher(Some(crash_at(stage, k)));
        consume(consumer, &publisher).await;
        let mut next = i64::try_from(published(&publisher).await.len()).unwrap() + 1;
        while next <= count && run(&publisher, publish_events(next..=next, 1, "succeed")).await.is_ok() {
            next += 1;
        }
        publisher.stop();
        if next > count {
            return crashes;
        }
        crashes += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_crashes_at_every_kth_commit_loses_no_message() {
    for (stage, k) in STAGES.into_iter().flat_map(|stage| (1..=4).map(move |k| (stage, k))) {
        if (stage, k) == (Stage::BeforeCommit, 1) {
            // Such a publisher would never commit.
            continue;
        }
        let folder = TestFolder::new();
        let consumer = folder.consumer(recording_handlers());
        let crashes = publish_through_crashes(&folder, &consumer, stage, k, 12).await;
        assert!(crashes >= 2, "{stage:?} {k}: {crashes} crashes");
        let publisher = folder.publisher(None);
        consume(&consumer, &publisher).await;
        assert_eq!(published(&publisher).await, (1..=12).collect::<Vec<i64>>());
        eventually("all events are consumed", async || recorded(&consumer).await.len() >= 12).await;
        assert_eq!(recorded(&consumer).await, (1..=12).collect::<Vec<i64>>());
        publisher.stop();
        consumer.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_crashes_at_every_kth_commit_repeats_no_effect() {
    for (stage, k) in STAGES.into_iter().flat_map(|stage| (1..=4).map(move |k| (stage, k))) {
        if (stage, k) == (Stage::BeforeCommit, 1) {
            continue;
        }
        let folder = TestFolder::new();
        let publisher = folder.publisher(None);
        let mut crashes = 0;
        let mut next = 1;
        loop {
            let parts = folder.parts("consumer", recording_handlers());
            let parts = WriterParts {
                probe: Some(crash_at(stage, k)),
                limits: boxoffice_writer::Limits { batch: 2, ..Default::default() },
                ..parts
            };
            let consumer = Writer::start(parts).unwrap();
            consume(&consumer, &publisher).await;
            // The first consumer gets all messages in memory; later ones read the rest from the log.
            while next <= 24 {
                run(&publisher, publish_events(next..=next, 1, "succeed")).await.unwrap();
                next += 1;
            }
            let is_done = async || recorded(&consumer).await.len() >= 24;
            eventually("the consumer crashed or consumed everything", async || consumer.is_closed() || is_done().await)
                .await;
            let crashed = consumer.is_closed();
            consumer.stop();
            crashes += usize::from(crashed);
            if !crashed {
                break;
            }
        }
        assert!(crashes >= 2, "{stage:?} {k}: {crashes} crashes");
        let consumer = folder.consumer(recording_handlers());
        consume(&consumer, &publisher).await;
        eventually("all events are consumed", async || recorded(&consumer).await.len() >= 24).await;
        assert_eq!(recorded(&consumer).await, (1..=24).collect::<Vec<i64>>());
        publisher.stop();
        consumer.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_receives_the_kinds_of_delivered_messages() {
    let folder = TestFolder::new();
    let consumed = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let probe: CrashProbe = {
        let consumed = consumed.clone();
        Arc::new(move |probe| {
            consumed.lock().push((
                probe.service,
                probe.stage,
                probe.consumes.iter().map(|kind| kind.to_string()).collect(),
            ));
            false
        })
    };
    let publisher = folder.publisher(None);
    let consumer =
        Writer::start(WriterParts { probe: Some(probe), ..folder.parts("consumer", recording_handlers()) }).unwrap();
    consume(&consumer, &publisher).await;
    run(&consumer, create_quota(1, 1)).await.unwrap();
    run(&publisher, publish_events(1..=2, 1, "succeed")).await.unwrap();
    eventually("both are consumed", async || recorded(&consumer).await.len() == 2).await;
    let kinds = |count| vec!["TestEvent".to_owned(); count];
    let expected = [0, 2].map(|count| STAGES.map(|stage| ("consumer", stage, kinds(count)))).concat();
    eventually("the probe is called", async || consumed.lock().len() >= 4).await;
    assert_eq!(*consumed.lock(), expected);
    publisher.stop();
    consumer.stop();
}
