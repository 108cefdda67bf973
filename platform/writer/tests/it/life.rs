//! Overload, stopping, and the pause between two batches.

use std::time::Duration;

use boxoffice_clock::Clock;
use boxoffice_writer::{Failure, Limits, Retention, Writer, WriterParts};

use crate::setting::*;

#[tokio::test]
async fn a_full_queue_is_said_at_once() {
    let place = Place::new();
    let limits = Limits { requests: 3, ..Limits::default() };
    let writer = Writer::start(WriterParts { limits, ..place.parts("teller", diary()) }).unwrap();
    run(&writer, open_quota(1, 99)).await.unwrap();
    let paused = writer.pause();
    let mut waiting: Vec<_> = Vec::new();
    let mut busy = 0;
    while busy == 0 {
        let hold = i64::try_from(waiting.len()).unwrap();
        let mut future = Box::pin(run(&writer, take(1, hold, &hold.to_string())));
        match std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context))).await {
            std::task::Poll::Pending => waiting.push(future),
            std::task::Poll::Ready(outcome) => {
                assert!(matches!(outcome, Err(Failure::Busy)), "{outcome:?}");
                busy += 1;
            }
        }
    }
    // At most one batch is in the writer's hands besides what waits.
    assert!((3..=6).contains(&waiting.len()), "{}", waiting.len());
    drop(paused);
    let accepted = waiting.len();
    for future in waiting {
        future.await.unwrap();
    }
    assert_eq!(all::<Hold>(&writer).await.len(), accepted, "what was accepted is done, what was not is not");
    writer.stop();
}

#[tokio::test]
async fn stopping_finishes_what_waits_and_takes_nothing_more_in() {
    let place = Place::new();
    let limits = Limits { batch: 4, ..Limits::default() };
    let writer = Writer::start(WriterParts { limits, ..place.parts("teller", diary()) }).unwrap();
    run(&writer, open_quota(1, 99)).await.unwrap();
    let paused = writer.pause();
    let mut waiting: Vec<_> = (1..=50).map(|n| Box::pin(run(&writer, take(1, n, &n.to_string())))).collect();
    waiting.iter_mut().for_each(|future| queue(future.as_mut()));
    drop(paused);
    writer.stop();
    for future in waiting {
        future.await.unwrap();
    }
    assert!(writer.is_closed());
    let late = run(&writer, take(1, 51, "late")).await;
    assert!(matches!(late, Err(Failure::Unavailable(_))), "{late:?}");
    writer.stop();
    assert_eq!(said(&writer).await, (1..=50).collect::<Vec<i64>>());
}

#[tokio::test]
async fn whatever_runs_for_ever_ends_with_its_writer() {
    let place = Place::new();
    let (teller, listener) = (place.teller(None), place.listener(diary()));
    // Clocks that stand still: nothing but the writer's end can wake what sleeps.
    let (clock, _hand) = hand_clock();
    let still = Writer::start(WriterParts { clock, ..place.parts("still", diary()) }).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(boxoffice_writer::consume(&listener, log_of(&teller), &teller).await.unwrap());
    tasks.spawn(boxoffice_writer::run_retries(still.clone()));
    tasks.spawn(boxoffice_writer::run_retention(still.clone(), Retention::default()));
    run(&teller, tell(1..=2, 1, "fine")).await.unwrap();
    eventually("the follower is at work", async || noted(&listener).await.len() == 2).await;
    for writer in [&listener, &still, &teller] {
        writer.stop();
    }
    let patience = Clock::system();
    tokio::select! {
        all = tasks.join_all() => assert_eq!(all.len(), 3),
        () = patience.sleep(Duration::from_secs(10)) => panic!("a task goes on although its writer has ended"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn between_two_batches_a_snapshot_of_several_databases_is_consistent() {
    let place = Place::new();
    let (teller, listener) = (place.teller(None), place.listener(diary()));
    consume(&listener, &teller).await;
    run(&teller, open_quota(1, 100_000)).await.unwrap();
    let speaking = tokio::spawn({
        let teller = teller.clone();
        async move {
            for n in 1..=300 {
                run(&teller, take(1, n, &n.to_string())).await.unwrap();
            }
        }
    });
    let mut looked = 0;
    while !speaking.is_finished() || looked == 0 {
        let (_one, _other) = (teller.pause(), listener.pause());
        let (here, there) = (teller.database().snapshot().unwrap(), listener.database().snapshot().unwrap());
        drop((_one, _other));
        let quota = here.select::<Quota>("", Vec::new()).unwrap().remove(0);
        let holds = here.select::<Hold>("", Vec::new()).unwrap().len();
        let heard = there.select::<Note>("", Vec::new()).unwrap().len();
        assert_eq!(usize::try_from(quota.taken).unwrap(), holds);
        assert!(heard <= holds, "{heard} effects of {holds} causes");
        looked += 1;
        tokio::task::yield_now().await;
    }
    speaking.await.unwrap();
    let snapshot = teller.database().snapshot().unwrap();
    run(&teller, take(1, 301, "later")).await.unwrap();
    assert_eq!(snapshot.select::<Hold>("", Vec::new()).unwrap().len(), 300, "a snapshot stands still");
    teller.stop();
    listener.stop();
}
