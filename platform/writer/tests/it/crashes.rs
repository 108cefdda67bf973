//! `kill -9` on either side of a commit, at any commit, of whoever speaks or listens.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use boxoffice_writer::{CrashProbe, Failure, Stage, Writer, WriterParts};

use crate::setting::*;

/// Ends the writer at its `k`-th arrival at `stage`.
fn crash_at(stage: Stage, k: usize) -> CrashProbe {
    let count = AtomicUsize::new(0);
    Arc::new(move |probe| probe.stage == stage && count.fetch_add(1, Ordering::SeqCst) + 1 == k)
}

const STAGES: [Stage; 2] = [Stage::BeforeCommit, Stage::AfterCommit];

#[tokio::test]
async fn an_answer_that_did_not_come_is_unknown_and_kept_only_after_the_commit() {
    for stage in STAGES {
        let place = Place::new();
        let writer = place.teller(Some(crash_at(stage, 3)));
        run(&writer, open_quota(1, 9)).await.unwrap();
        run(&writer, take(1, 1, "one")).await.unwrap();
        let crashed = run(&writer, take(1, 2, "two")).await;
        assert!(matches!(crashed, Err(Failure::Unknown)), "{crashed:?}");
        eventually("it takes nothing more in", async || writer.is_closed()).await;
        let late = run(&writer, take(1, 3, "three")).await;
        assert!(matches!(late, Err(Failure::Unavailable(_))), "{late:?}");
        writer.stop();

        let writer = place.writer();
        let kept: &[i64] = if stage == Stage::AfterCommit { &[1, 2] } else { &[1] };
        assert_eq!(said(&writer).await, kept);
        assert_eq!(all::<Hold>(&writer).await.iter().map(|hold| hold.id).collect::<Vec<_>>(), kept);
        assert_eq!(all::<Quota>(&writer).await[0].taken, i64::try_from(kept.len()).unwrap());
        writer.stop();
    }
}

#[tokio::test]
async fn a_whole_batch_and_what_waits_behind_it_is_unknown() {
    let place = Place::new();
    let writer = place.teller(Some(crash_at(Stage::AfterCommit, 2)));
    run(&writer, open_quota(1, 9)).await.unwrap();
    let outcomes = in_one_batch(&writer, (1..=5).map(|n| take(1, n, &n.to_string()))).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Failure::Unknown))), "{outcomes:?}");
    let writer = place.writer();
    assert_eq!(said(&writer).await, [1, 2, 3, 4, 5]);
    writer.stop();
}

/// Has `count` messages said one by one by writers that crash at every `k`-th commit, repeating only what was not
/// kept; each writer is followed by `listener`.
async fn say_through_crashes(place: &Place, listener: &Writer, stage: Stage, k: usize, count: i64) -> usize {
    let mut crashes = 0;
    loop {
        let teller = place.teller(Some(crash_at(stage, k)));
        consume(listener, &teller).await;
        let mut next = i64::try_from(said(&teller).await.len()).unwrap() + 1;
        while next <= count && run(&teller, tell(next..=next, 1, "fine")).await.is_ok() {
            next += 1;
        }
        teller.stop();
        if next > count {
            return crashes;
        }
        crashes += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_speaker_crashes_at_every_kth_commit() {
    for (stage, k) in STAGES.into_iter().flat_map(|stage| (1..=4).map(move |k| (stage, k))) {
        if (stage, k) == (Stage::BeforeCommit, 1) {
            // It would never get anything said.
            continue;
        }
        let place = Place::new();
        let listener = place.listener(diary());
        let crashes = say_through_crashes(&place, &listener, stage, k, 12).await;
        assert!(crashes >= 2, "{stage:?} {k}: {crashes} crashes");
        let teller = place.teller(None);
        consume(&listener, &teller).await;
        assert_eq!(said(&teller).await, (1..=12).collect::<Vec<i64>>());
        eventually("all is heard", async || noted(&listener).await.len() >= 12).await;
        assert_eq!(noted(&listener).await, (1..=12).collect::<Vec<i64>>());
        teller.stop();
        listener.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_listener_crashes_at_every_kth_commit() {
    for (stage, k) in STAGES.into_iter().flat_map(|stage| (1..=4).map(move |k| (stage, k))) {
        if (stage, k) == (Stage::BeforeCommit, 1) {
            continue;
        }
        let place = Place::new();
        let teller = place.teller(None);
        let mut crashes = 0;
        let mut next = 1;
        loop {
            let parts = place.parts("listener", diary());
            let parts = WriterParts {
                probe: Some(crash_at(stage, k)),
                limits: boxoffice_writer::Limits { batch: 2, ..Default::default() },
                ..parts
            };
            let listener = Writer::start(parts).unwrap();
            consume(&listener, &teller).await;
            // All of it is said to the first one; those after it find in the log what was not heard.
            while next <= 24 {
                run(&teller, tell(next..=next, 1, "fine")).await.unwrap();
                next += 1;
            }
            let all_heard = async || noted(&listener).await.len() >= 24;
            eventually("it crashed or heard all", async || listener.is_closed() || all_heard().await).await;
            let crashed = listener.is_closed();
            listener.stop();
            crashes += usize::from(crashed);
            if !crashed {
                break;
            }
        }
        assert!(crashes >= 2, "{stage:?} {k}: {crashes} crashes");
        let listener = place.listener(diary());
        consume(&listener, &teller).await;
        eventually("all is heard", async || noted(&listener).await.len() >= 24).await;
        assert_eq!(noted(&listener).await, (1..=24).collect::<Vec<i64>>());
        teller.stop();
        listener.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_is_told_what_the_batch_hears() {
    let place = Place::new();
    let heard = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let probe: CrashProbe = {
        let heard = heard.clone();
        Arc::new(move |probe| {
            heard.lock().push((
                probe.service,
                probe.stage,
                probe.consumes.iter().map(|kind| kind.to_string()).collect(),
            ));
            false
        })
    };
    let teller = place.teller(None);
    let listener = Writer::start(WriterParts { probe: Some(probe), ..place.parts("listener", diary()) }).unwrap();
    consume(&listener, &teller).await;
    run(&listener, open_quota(1, 1)).await.unwrap();
    run(&teller, tell(1..=2, 1, "fine")).await.unwrap();
    eventually("both are heard", async || noted(&listener).await.len() == 2).await;
    let kinds = |count| vec!["SaidEvent".to_owned(); count];
    let expected = [0, 2].map(|count| STAGES.map(|stage| ("listener", stage, kinds(count)))).concat();
    eventually("the probe was asked", async || heard.lock().len() >= 4).await;
    assert_eq!(*heard.lock(), expected);
    teller.stop();
    listener.stop();
}
