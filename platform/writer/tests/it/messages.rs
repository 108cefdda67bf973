//! Every message has its effect once and in order, whichever way it comes.

use boxoffice_outbox::Cursor;
use boxoffice_writer::{Limits, Writer, WriterParts};

use crate::setting::*;

async fn heard(listener: &Writer, count: usize) {
    eventually("all is written down", async || noted(listener).await.len() >= count).await;
    assert_eq!(noted(listener).await, (1..).take(count).collect::<Vec<i64>>());
    let cursor = all::<Cursor>(listener).await.remove(0);
    assert_eq!((cursor.source.as_str(), cursor.position), ("teller", i64::try_from(count).unwrap()));
}

#[tokio::test]
async fn handed_over_in_memory() {
    let place = Place::new();
    let (teller, listener) = (place.teller(None), place.listener(diary()));
    // The follower is never polled, so that nothing is read from the log.
    let unused = boxoffice_writer::consume(&listener, log_of(&teller), &teller).await.unwrap();
    for n in 0..20 {
        run(&teller, tell(n * 3 + 1..=n * 3 + 3, 1, "fine")).await.unwrap();
    }
    heard(&listener, 60).await;
    drop(unused);
    teller.stop();
    listener.stop();
}

#[tokio::test]
async fn read_from_the_log_after_the_listener_was_down() {
    let place = Place::new();
    let teller = place.teller(None);
    run(&teller, tell(1..=1300, 1, "fine")).await.unwrap();
    let listener = place.listener(diary());
    consume(&listener, &teller).await;
    heard(&listener, 1300).await;
    run(&teller, tell(1301..=1302, 1, "fine")).await.unwrap();
    heard(&listener, 1302).await;
    teller.stop();
    listener.stop();
}

/// Says 5,000 messages, ten at a time, from a task of its own.
fn stream(teller: &Writer) -> tokio::task::JoinHandle<()> {
    let teller = teller.clone();
    tokio::spawn(async move {
        for n in 0..500 {
            run(&teller, tell(n * 10 + 1..=n * 10 + 10, u128::try_from(n % 7).unwrap(), "fine")).await.unwrap();
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_and_started_again_in_the_middle_of_a_stream() {
    let place = Place::new();
    let teller = place.teller(None);
    let speaking = stream(&teller);
    for until in [1000, 2500, 4000] {
        let listener = place.listener(diary());
        consume(&listener, &teller).await;
        eventually("a part is heard", async || noted(&listener).await.len() >= until).await;
        listener.stop();
    }
    speaking.await.unwrap();
    let listener = place.listener(diary());
    consume(&listener, &teller).await;
    heard(&listener, 5000).await;
    teller.stop();
    listener.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_messages_offered_twice() {
    let place = Place::new();
    let (teller, listener) = (place.teller(None), place.listener(diary()));
    consume(&listener, &teller).await;
    let first = stream(&teller);
    consume(&listener, &teller).await;
    first.await.unwrap();
    heard(&listener, 5000).await;
    eventually("nothing waits", async || listener.depth() == (0, 0)).await;
    assert_eq!(noted(&listener).await.len(), 5000);
    teller.stop();
    listener.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_too_small_for_what_comes() {
    for messages in 1..=3 {
        let place = Place::new();
        let teller = place.teller(None);
        let limits = Limits { messages, batch: 2, ..Limits::default() };
        let listener = Writer::start(WriterParts { limits, ..place.parts("listener", diary()) }).unwrap();
        consume(&listener, &teller).await;
        for n in 0..50 {
            run(&teller, tell(n * 4 + 1..=n * 4 + 4, 1, "fine")).await.unwrap();
        }
        heard(&listener, 200).await;
        teller.stop();
        listener.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_filled_again_as_soon_as_there_is_room() {
    let place = Place::new();
    let teller = place.teller(None);
    // The clock stands still: nobody can be waiting for time to pass.
    let (clock, _hand) = hand_clock();
    let limits = Limits { messages: 2, batch: 2, ..Limits::default() };
    let listener = Writer::start(WriterParts { limits, clock, ..place.parts("listener", diary()) }).unwrap();
    consume(&listener, &teller).await;
    let paused = listener.pause();
    for n in 1..=40 {
        run(&teller, tell(n..=n, 1, "fine")).await.unwrap();
    }
    drop(paused);
    heard(&listener, 40).await;
    teller.stop();
    listener.stop();
}

#[tokio::test]
async fn what_is_said_while_a_writer_stops_is_still_handed_over() {
    let place = Place::new();
    let (teller, listener) = (place.teller(None), place.listener(diary()));
    let _unused = boxoffice_writer::consume(&listener, log_of(&teller), &teller).await.unwrap();
    let paused = teller.pause();
    let mut waiting: Vec<_> = (1..=30).map(|n| Box::pin(run(&teller, tell(n..=n, 1, "fine")))).collect();
    waiting.iter_mut().for_each(|future| queue(future.as_mut()));
    let stopping = std::thread::spawn({
        let teller = teller.clone();
        move || teller.stop()
    });
    eventually("it stops", async || teller.is_closed()).await;
    drop(paused);
    for future in waiting {
        future.await.unwrap();
    }
    heard(&listener, 30).await;
    stopping.join().unwrap();
    listener.stop();
}
