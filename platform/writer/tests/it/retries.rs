//! Messages that fail: put aside, tried again, parked, replayed, given up; in order within their key.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use boxoffice_clock::ManualClock;
use boxoffice_envelope::{Event, Origin};
use boxoffice_outbox::{Backoff, DeferredMessage, DeferredState, DiscardedMessage, LogHead};
use boxoffice_writer::{
    Command, DeadLetterRefusal, DeliveryFault, DiscardDeadLetter, Failure, Reactions, ReplayDeadLetter, Writer,
    WriterParts, run_retries,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::setting::*;

const ATTEMPTS: i64 = 4;

/// Longer than any wait between two tries.
const LONG: Duration = Duration::from_secs(120);

/// Writes the message down, unless it wishes for trouble. Trouble ends when quota 1 exists.
fn picky(said: Said) -> impl Command<Answer = (), Refusal = No> {
    act(
        |reads| {
            reads.row::<Quota>(1);
            reads.counter("notes");
        },
        move |work, context| {
            let mended = work.get::<Quota>(1).is_some();
            let number = work.next_number("notes");
            work.insert(Note { number, n: said.n, text: said.wish.clone() });
            work.publish(&Heard { n: said.n }, context);
            match said.wish.as_str() {
                "refuse" if !mended => Err(No::TooEarly),
                "panic" if !mended => panic!("no such thing"),
                "collide" if !mended => {
                    work.insert(Hold { id: 1, quota: 404, code: "stray".into(), version: 0 });
                    Ok(())
                }
                _ => Ok(()),
            }
        },
    )
}

/// What the listener says in turn, so that its own messages can be counted.
#[derive(Serialize, Deserialize)]
struct Heard {
    n: i64,
}

impl Event for Heard {
    const KIND: &'static str = "HeardEvent";
    const SOURCE: &'static str = "listener";
    fn key(&self) -> Uuid {
        Uuid::nil()
    }
}

/// Has the name of [`Said`] and none of its fields.
#[derive(Serialize, Deserialize)]
struct Garbled {
    key: Uuid,
}

impl Event for Garbled {
    const KIND: &'static str = Said::KIND;
    const SOURCE: &'static str = Said::SOURCE;
    fn key(&self) -> Uuid {
        self.key
    }
}

fn garble(key: u128) -> impl Command<Answer = (), Refusal = No> {
    act(
        |_| (),
        move |work, context| {
            work.publish(&Garbled { key: Uuid::from_u128(key) }, context);
            Ok(())
        },
    )
}

struct Pair {
    teller: Writer,
    listener: Writer,
    hand: ManualClock,
    _place: Place,
}

impl Pair {
    async fn start() -> Self {
        let place = Place::new();
        let (clock, hand) = hand_clock();
        let backoff = Backoff { max_attempts: ATTEMPTS, ..Backoff::default() };
        let teller = place.teller(None);
        let parts = place.parts("listener", Reactions::default().on(picky));
        let listener = Writer::start(WriterParts { clock, backoff, ..parts }).unwrap();
        consume(&listener, &teller).await;
        tokio::spawn(run_retries(listener.clone()));
        Self { teller, listener, hand, _place: place }
    }

    async fn publish(&self, n: i64, key: u128, wish: &str) {
        run(&self.teller, tell(n..=n, key, wish)).await.unwrap();
    }

    /// Waits until what is put aside is as told, position by position, and the head counts it.
    async fn put_aside(&self, expected: &[(i64, DeferredState, i64)]) {
        let seen = async || {
            let (rows, head) = self
                .listener
                .database()
                .select_two::<DeferredMessage, LogHead>(("ORDER BY position", Vec::new()), ("", Vec::new()))
                .await
                .unwrap();
            assert_eq!(head[0].deferred_count, i64::try_from(rows.len()).unwrap());
            rows.iter().map(|row| (row.position, row.state, row.attempts)).collect::<Vec<_>>()
        };
        eventually(&format!("{expected:?} is put aside"), async || seen().await == expected).await;
    }

    async fn notes(&self, expected: &[i64]) {
        eventually(&format!("{expected:?} is written"), async || noted(&self.listener).await.len() == expected.len())
            .await;
        assert_eq!(noted(&self.listener).await, expected);
        // Its own messages are those of its effects, no more.
        assert_eq!(head(&self.listener).await.last_position, i64::try_from(expected.len()).unwrap());
    }

    /// Lets time pass until the first message put aside was tried as often as there are attempts.
    async fn dead_letter(&self, position: i64, behind: &[(i64, DeferredState, i64)]) {
        for attempts in 1..ATTEMPTS {
            self.put_aside(&[&[(position, DeferredState::Deferred, attempts)], behind].concat()).await;
            self.hand.advance(LONG);
        }
        self.put_aside(&[&[(position, DeferredState::DeadLettered, ATTEMPTS)], behind].concat()).await;
    }

    async fn mend(&self) {
        run(&self.listener, open_quota(1, 1)).await.unwrap();
    }

    async fn replay(&self, position: i64) -> Result<(), Failure<DeadLetterRefusal>> {
        run(&self.listener, ReplayDeadLetter { source: "teller".into(), position }).await
    }

    async fn discard(&self, position: i64) -> Result<(), Failure<DeadLetterRefusal>> {
        let origin = Origin { actor: "olga".into(), ..Origin::default() };
        let discard = DiscardDeadLetter { source: "teller".into(), position, reason: "of no use".into() };
        self.listener.run(origin, discard).await
    }

    fn stop(self) {
        self.teller.stop();
        self.listener.stop();
    }
}

use DeferredState::{Blocked, Deferred};

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_too_early_is_tried_again_and_its_key_waits_behind_it() {
    let pair = Pair::start().await;
    pair.publish(1, 7, "refuse").await;
    pair.publish(2, 7, "fine").await;
    pair.publish(3, 8, "fine").await;
    pair.publish(4, 7, "fine").await;
    pair.put_aside(&[(1, Deferred, 1), (2, Blocked, 0), (4, Blocked, 0)]).await;
    pair.notes(&[3]).await;
    pair.hand.advance(LONG);
    pair.put_aside(&[(1, Deferred, 2), (2, Blocked, 0), (4, Blocked, 0)]).await;
    pair.publish(5, 9, "fine").await;
    pair.notes(&[3, 5]).await;
    pair.mend().await;
    pair.put_aside(&[(1, Deferred, 2), (2, Blocked, 0), (4, Blocked, 0)]).await;
    pair.hand.advance(LONG);
    pair.notes(&[3, 5, 1, 2, 4]).await;
    pair.put_aside(&[]).await;
    pair.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_batch_of_one_key_waits_in_order_and_follows_in_order() {
    let pair = Pair::start().await;
    run(&pair.teller, tell(1..=40, 7, "refuse")).await.unwrap();
    let behind: Vec<_> = (2..=40).map(|position| (position, Blocked, 0)).collect();
    pair.put_aside(&[&[(1, Deferred, 1)], behind.as_slice()].concat()).await;
    pair.mend().await;
    pair.hand.advance(LONG);
    pair.notes(&(1..=40).collect::<Vec<i64>>()).await;
    pair.put_aside(&[]).await;
    pair.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_in_whatever_way_is_parked_and_replayed() {
    for wish in ["refuse", "panic", "collide"] {
        let pair = Pair::start().await;
        pair.publish(1, 7, wish).await;
        pair.publish(2, 7, "fine").await;
        pair.publish(3, 8, "fine").await;
        pair.dead_letter(1, &[(2, Blocked, 0)]).await;
        pair.hand.advance(LONG);
        pair.publish(4, 7, "fine").await;
        pair.notes(&[3]).await;
        let behind = [(2, Blocked, 0), (4, Blocked, 0)];
        pair.put_aside(&[&[(1, DeferredState::DeadLettered, ATTEMPTS)], behind.as_slice()].concat()).await;

        // The obstacle is still there: all its attempts are before it again.
        pair.replay(1).await.unwrap();
        pair.dead_letter(1, &behind).await;
        pair.mend().await;
        pair.replay(1).await.unwrap();
        pair.notes(&[3, 1, 2, 4]).await;
        pair.put_aside(&[]).await;
        pair.publish(5, 7, "fine").await;
        pair.notes(&[3, 1, 2, 4, 5]).await;
        pair.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_whose_row_the_database_refuses_takes_nobody_of_its_batch_with_it() {
    let pair = Pair::start().await;
    let paused = pair.listener.pause();
    for (n, wish) in [(1, "fine"), (2, "collide"), (3, "fine"), (4, "collide"), (5, "fine")] {
        pair.publish(n, u128::try_from(n).unwrap(), wish).await;
    }
    drop(paused);
    pair.notes(&[1, 3, 5]).await;
    pair.put_aside(&[(2, Deferred, 1), (4, Deferred, 1)]).await;
    pair.mend().await;
    pair.hand.advance(LONG);
    pair.put_aside(&[]).await;
    let mut written = noted(&pair.listener).await;
    written.sort_unstable();
    assert_eq!(written, [1, 2, 3, 4, 5]);
    pair.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_message_is_parked_and_given_up() {
    let pair = Pair::start().await;
    run(&pair.teller, garble(7)).await.unwrap();
    pair.publish(2, 7, "fine").await;
    pair.publish(3, 7, "fine").await;
    pair.publish(4, 8, "fine").await;
    pair.dead_letter(1, &[(2, Blocked, 0), (3, Blocked, 0)]).await;
    pair.notes(&[4]).await;
    let error = all::<DeferredMessage>(&pair.listener).await.remove(0).error;
    assert!(error.contains("SaidEvent cannot be read"), "{error}");
    pair.discard(1).await.unwrap();
    pair.notes(&[4, 2, 3]).await;
    pair.put_aside(&[]).await;
    let [dropped] = all::<DiscardedMessage>(&pair.listener).await.try_into().unwrap();
    assert_eq!((dropped.source.as_str(), dropped.position, dropped.attempts), ("teller", 1, ATTEMPTS));
    assert_eq!((dropped.discarded_by.as_str(), dropped.reason.as_str()), ("olga", "of no use"));
    assert!(dropped.error.contains("cannot be read") && dropped.discarded_at > dropped.published_at, "{dropped:?}");
    pair.stop();
}

/// Whoever is second finds that it is decided; what waits behind goes on once, either way.
#[tokio::test(flavor = "multi_thread")]
async fn a_replay_and_a_discard_at_once_are_one_decision() {
    let pair = Pair::start().await;
    for (key, is_replay_first) in [(7, true), (8, false)] {
        let first = head(&pair.teller).await.last_position + 1;
        run(&pair.teller, tell(first..=first, key, "refuse")).await.unwrap();
        run(&pair.teller, tell(first + 1..=first + 1, key, "fine")).await.unwrap();
        pair.dead_letter(first, &[(first + 1, Blocked, 0)]).await;
        let (replay, discard) = if is_replay_first {
            tokio::join!(pair.replay(first), pair.discard(first))
        } else {
            let (discard, replay) = tokio::join!(pair.discard(first), pair.replay(first));
            (replay, discard)
        };
        assert_eq!((replay.is_ok(), discard.is_ok()), (is_replay_first, !is_replay_first), "{replay:?} {discard:?}");
        if is_replay_first {
            pair.dead_letter(first, &[(first + 1, Blocked, 0)]).await;
            pair.discard(first).await.unwrap();
        }
        pair.put_aside(&[]).await;
    }
    assert_eq!(noted(&pair.listener).await, [2, 4]);
    assert_eq!(all::<DiscardedMessage>(&pair.listener).await.len(), 2);
    pair.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_parked_is_replayed_or_given_up() {
    let pair = Pair::start().await;
    pair.publish(1, 7, "refuse").await;
    pair.publish(2, 7, "fine").await;
    pair.put_aside(&[(1, Deferred, 1), (2, Blocked, 0)]).await;
    for position in [1, 2] {
        let (replayed, discarded) = (pair.replay(position).await, pair.discard(position).await);
        assert!(matches!(replayed, Err(Failure::Refused(DeadLetterRefusal::NotDeadLettered))), "{replayed:?}");
        assert!(matches!(discarded, Err(Failure::Refused(DeadLetterRefusal::NotDeadLettered))), "{discarded:?}");
    }
    let (replayed, discarded) = (pair.replay(9).await, pair.discard(9).await);
    assert!(matches!(replayed, Err(Failure::Refused(DeadLetterRefusal::NotFound))), "{replayed:?}");
    assert!(matches!(discarded, Err(Failure::Refused(DeadLetterRefusal::NotFound))), "{discarded:?}");
    pair.put_aside(&[(1, Deferred, 1), (2, Blocked, 0)]).await;
    pair.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_queued_twice_for_its_next_try_is_tried_once() {
    let pair = Pair::start().await;
    pair.publish(1, 7, "refuse").await;
    pair.put_aside(&[(1, Deferred, 1)]).await;
    let paused = pair.listener.pause();
    let mut plug = Box::pin(run(&pair.listener, act(|_| (), |_, _| Ok(()))));
    queue(plug.as_mut());
    eventually("the plug is taken", async || pair.listener.depth() == (0, 0)).await;
    for times in 1..=3 {
        pair.hand.advance(LONG);
        eventually("it is queued", async || pair.listener.depth().0 == times).await;
    }
    drop(paused);
    plug.await.unwrap();
    pair.put_aside(&[(1, Deferred, 2)]).await;
    run(&pair.listener, act(|_| (), |_, _| Ok(()))).await.unwrap();
    pair.put_aside(&[(1, Deferred, 2)]).await;
    pair.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_aside_survives_a_restart() {
    let pair = Pair::start().await;
    pair.publish(1, 7, "refuse").await;
    pair.publish(2, 7, "fine").await;
    pair.put_aside(&[(1, Deferred, 1), (2, Blocked, 0)]).await;
    let Pair { teller, listener, hand, _place: place } = pair;
    listener.stop();
    let (clock, _) = (listener.clock().clone(), hand.advance(LONG));
    let parts = place.parts("listener", Reactions::default().on(picky));
    let listener = Writer::start(WriterParts { clock, ..parts }).unwrap();
    consume(&listener, &teller).await;
    run(&listener, open_quota(1, 1)).await.unwrap();
    tokio::spawn(run_retries(listener.clone()));
    let pair = Pair { teller, listener, hand, _place: place };
    pair.notes(&[1, 2]).await;
    pair.put_aside(&[]).await;
    pair.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn something_in_the_way_makes_a_message_late_and_nothing_more() {
    let place = Place::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let obstacle: DeliveryFault = {
        let asked = asked.clone();
        // In the way of every second try.
        Arc::new(move |_| asked.fetch_add(1, Ordering::SeqCst).is_multiple_of(2).then(|| "not now".to_owned()))
    };
    let backoff = Backoff { first: Duration::from_millis(2), longest: Duration::from_millis(2), ..Backoff::default() };
    let teller = place.teller(None);
    let parts = place.parts("listener", diary().with_fault(Some(obstacle)));
    let listener = Writer::start(WriterParts { backoff, ..parts }).unwrap();
    consume(&listener, &teller).await;
    tokio::spawn(run_retries(listener.clone()));
    for n in 1..=20 {
        run(&teller, tell(n..=n, 7, "fine")).await.unwrap();
    }
    eventually("all are heard", async || noted(&listener).await.len() >= 20).await;
    assert_eq!(noted(&listener).await, (1..=20).collect::<Vec<i64>>());
    eventually("none is put aside", async || all::<DeferredMessage>(&listener).await.is_empty()).await;
    assert!(asked.load(Ordering::SeqCst) >= 40);
    teller.stop();
    listener.stop();
}

#[tokio::test]
async fn a_reaction_by_hand_moves_no_cursor() {
    let pair = Pair::start().await;
    pair.publish(1, 7, "fine").await;
    pair.notes(&[1]).await;
    let message = log_of(&pair.teller).after(0, 1).await.unwrap().remove(0).message;
    pair.listener.handle(&message).await.unwrap();
    pair.notes(&[1, 1]).await;
    assert_eq!(all::<boxoffice_outbox::Cursor>(&pair.listener).await[0].position, 1);
    let garbled = boxoffice_envelope::Message { body: "{}".into(), ..message.clone() };
    assert!(pair.listener.handle(&garbled).await.unwrap_err().contains("cannot be read"));
    let unheard = boxoffice_envelope::Message { kind: "OtherEvent".into(), ..message };
    assert!(pair.listener.handle(&unheard).await.is_err());
    pair.stop();
}
