//! Data that cannot be, logs that were exchanged, and a database that keeps nothing for a while.

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

use crate::setting::*;

#[tokio::test]
async fn a_cursor_of_another_log_is_an_error() {
    let place = Place::new();
    let teller = place.teller(None);
    run(&teller, tell(1..=3, 1, "fine")).await.unwrap();
    let listener = place.listener(diary());
    consume(&listener, &teller).await;
    eventually("all is heard", async || noted(&listener).await.len() == 3).await;
    listener.stop();
    teller.stop();

    let elsewhere = Place::new();
    let stranger = elsewhere.teller(None);
    run(&stranger, tell(1..=9, 1, "fine")).await.unwrap();
    let listener = place.listener(diary());
    let Err(Error::Corrupt { table: "cursors", detail }) =
        boxoffice_writer::consume(&listener, log_of(&stranger), &stranger).await.map(drop)
    else {
        panic!("a log was followed that is another one")
    };
    assert!(detail.contains("teller was followed in log"), "{detail}");
    listener.stop();
    stranger.stop();
}

#[tokio::test]
async fn a_log_that_is_shorter_than_what_was_heard_of_it_is_an_error() {
    let place = Place::new();
    let teller = place.teller(None);
    run(&teller, tell(1..=3, 1, "fine")).await.unwrap();
    let listener = place.listener(diary());
    consume(&listener, &teller).await;
    eventually("all is heard", async || noted(&listener).await.len() == 3).await;
    listener.stop();
    teller.stop();
    place.tamper("teller", "restore", "DELETE FROM outbox WHERE position > 2; UPDATE log_heads SET last_position = 2;");
    let (teller, listener) = (place.teller(None), place.listener(diary()));
    let refused = boxoffice_writer::consume(&listener, log_of(&teller), &teller).await.map(drop);
    assert!(matches!(refused, Err(Error::Corrupt { table: "cursors", .. })), "{refused:?}");
    listener.stop();
    teller.stop();
}

#[tokio::test]
async fn a_log_that_forgot_what_was_not_heard_is_an_error_but_not_to_who_never_heard_it() {
    let place = Place::new();
    let teller = place.teller(None);
    run(&teller, tell(1..=5, 1, "fine")).await.unwrap();
    place.tamper("teller", "forget", "DELETE FROM outbox WHERE position <= 2");
    let listener = place.listener(diary());
    consume(&listener, &teller).await;
    eventually("what is left is heard", async || noted(&listener).await == [3, 4, 5]).await;
    listener.stop();

    run(&teller, tell(6..=9, 1, "fine")).await.unwrap();
    place.tamper("teller", "forget more", "DELETE FROM outbox WHERE position <= 7");
    let listener = place.listener(diary());
    let refused = boxoffice_writer::consume(&listener, log_of(&teller), &teller).await.map(drop);
    assert!(matches!(refused, Err(Error::Corrupt { table: "cursors", .. })), "{refused:?}");
    place.tamper("teller", "forget all", "DELETE FROM outbox");
    let refused = boxoffice_writer::consume(&listener, log_of(&teller), &teller).await.map(drop);
    assert!(matches!(refused, Err(Error::Corrupt { table: "cursors", .. })), "{refused:?}");
    listener.stop();

    // One that begins with a log of which nothing is left hears what is said from here on.
    let late = Writer::start(place.parts("late", diary())).unwrap();
    consume(&late, &teller).await;
    run(&teller, tell(10..=11, 1, "fine")).await.unwrap();
    eventually("the rest is heard", async || noted(&late).await == [10, 11]).await;
    late.stop();
    teller.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nothing_can_be_kept_messages_wait_and_none_is_lost() {
    for batch in [1, 256] {
        let place = Place::new();
        let teller = place.teller(None);
        let tries = Arc::new(AtomicUsize::new(0));
        let probe: CrashProbe = {
            let tries = tries.clone();
            Arc::new(move |probe| {
                let hears = probe.stage == Stage::BeforeCommit && !probe.consumes.is_empty();
                tries.fetch_add(usize::from(hears), Ordering::SeqCst);
                false
            })
        };
        let (clock, hand) = hand_clock();
        let limits = Limits { batch, ..Limits::default() };
        let parts = WriterParts { limits, clock, probe: Some(probe), ..place.parts("listener", diary()) };
        let listener = Writer::start(parts).unwrap();
        place.tamper("listener", "break", "ALTER TABLE notes RENAME TO lost");
        consume(&listener, &teller).await;
        for n in 0..4 {
            run(&teller, tell(n * 5 + 1..=n * 5 + 5, 1, "fine")).await.unwrap();
        }
        for round in 1..=3 {
            // The follower may fall asleep after the hand was moved: it is moved on until it wakes.
            eventually("it is tried", async || {
                hand.advance(Duration::from_millis(10));
                tries.load(Ordering::SeqCst) >= round
            })
            .await;
            let refused = run(&listener, write_down(Said { n: 0, key: uuid::Uuid::nil(), wish: String::new() })).await;
            assert!(matches!(refused, Err(Failure::Unavailable(_))), "{refused:?}");
            eventually("nothing waits", async || listener.depth() == (0, 0)).await;
            hand.advance(Duration::from_secs(1));
        }
        let many = tries.load(Ordering::SeqCst);
        assert!(many < 20, "{many} tries: a database that keeps nothing is not asked again before a pause");
        place.tamper("listener", "mend", "ALTER TABLE lost RENAME TO notes");
        eventually("all is heard", async || {
            hand.advance(Duration::from_secs(1));
            noted(&listener).await.len() >= 20
        })
        .await;
        assert_eq!(noted(&listener).await, (1..=20).collect::<Vec<i64>>());
        assert!(all::<DeferredMessage>(&listener).await.is_empty(), "that is no fault of a message");
        teller.stop();
        listener.stop();
    }
}

/// Needs a row of the quota that its number names.
fn look_at_quota(said: Said) -> impl Command<Answer = i64, Refusal = No> {
    act(
        move |reads| {
            reads.row::<Quota>(said.n);
        },
        move |work, _| {
            work.insert(Note { number: said.n, n: said.n, text: String::new() });
            Ok(work.get::<Quota>(said.n).map_or(0, |quota| quota.capacity))
        },
    )
}

#[tokio::test]
async fn a_row_that_cannot_be_fails_only_those_who_need_it() {
    let place = Place::new();
    let writer = place.writer();
    run(&writer, open_quota(2, 5)).await.unwrap();
    run(&writer, open_quota(3, 5)).await.unwrap();
    place.tamper("teller", "break", "UPDATE quotas SET version = 'x' WHERE id = 2");
    let look = |n| look_at_quota(Said { n, key: uuid::Uuid::nil(), wish: String::new() });
    let outcomes = in_one_batch(&writer, [1, 2, 3].map(look)).await;
    let [Ok(0), Err(Failure::Internal(why)), Ok(5)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert!(why.contains("quotas") && why.contains("version"), "{why}");
    writer.stop();
}

#[tokio::test]
async fn a_message_whose_rows_cannot_be_is_put_aside_and_the_others_flow_on() {
    let place = Place::new();
    let (teller, listener) = (place.teller(None), place.listener(Reactions::default().on(look_at_quota)));
    run(&listener, open_quota(2, 5)).await.unwrap();
    place.tamper("listener", "break", "UPDATE quotas SET capacity = 1.5 WHERE id = 2");
    consume(&listener, &teller).await;
    for n in 1..=3 {
        run(&teller, tell(n..=n, u128::try_from(n).unwrap(), "")).await.unwrap();
    }
    eventually("the others are heard", async || noted(&listener).await == [1, 3]).await;
    let put_aside = all::<DeferredMessage>(&listener).await;
    assert_eq!(put_aside.len(), 1);
    assert_eq!((put_aside[0].position, put_aside[0].state), (2, DeferredState::Deferred));
    assert!(put_aside[0].error.contains("capacity"), "{}", put_aside[0].error);
    teller.stop();
    listener.stop();
}
