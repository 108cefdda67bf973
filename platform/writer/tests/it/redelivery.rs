//! Messages of a log that are delivered once more: they pass the gate that every message passes, and move no cursor.

use boxoffice_outbox::{Cursor, DeferredMessage, LogEntry};
use boxoffice_writer::{Command, Failure, Reactions, ReplayOutcome, Writer};

use crate::setting::*;

/// Writes down each message once, by its number, and refuses some while quota 1 does not exist.
fn once(said: Said) -> impl Command<Answer = (), Refusal = No> {
    act(
        move |reads| {
            reads.row::<Note>(said.n);
            reads.row::<Quota>(1);
        },
        move |work, _| {
            if said.wish == "refuse" && work.get::<Quota>(1).is_none() {
                return Err(No::TooEarly);
            }
            if work.get::<Note>(said.n).is_none() {
                work.insert(Note { number: said.n, n: said.n, text: said.wish.clone() });
            }
            Ok(())
        },
    )
}

async fn pair(place: &Place, reactions: Reactions) -> (Writer, Writer) {
    let (teller, listener) = (place.teller(None), place.listener(reactions));
    consume(&listener, &teller).await;
    (teller, listener)
}

async fn heard(listener: &Writer, position: i64) {
    eventually("it is heard", async || all::<Cursor>(listener).await.iter().any(|c| c.position == position)).await;
}

async fn log(teller: &Writer) -> Vec<LogEntry> {
    log_of(teller).after(0, 100).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_left_and_what_is_missing_is_done() {
    let place = Place::new();
    let (teller, listener) = pair(&place, Reactions::default().on(once)).await;
    run(&teller, tell(1..=3, 7, "fine")).await.unwrap();
    heard(&listener, 3).await;
    for said in &log(&teller).await {
        assert_eq!(listener.replay(said).await.unwrap(), ReplayOutcome::Unchanged);
    }
    // Somebody has lost a row.
    place.tamper("listener", "loss", "DELETE FROM notes WHERE number = 2");
    let mut outcomes = Vec::new();
    for said in &log(&teller).await {
        outcomes.push(listener.replay(said).await.unwrap());
    }
    assert_eq!(outcomes, [ReplayOutcome::Unchanged, ReplayOutcome::Changed, ReplayOutcome::Unchanged]);
    assert_eq!(noted(&listener).await, [1, 2, 3]);
    assert_eq!(all::<Cursor>(&listener).await[0].position, 3);
    assert!(all::<DeferredMessage>(&listener).await.is_empty());
    teller.stop();
    listener.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_one_batch_answer_for_themselves_alone() {
    let place = Place::new();
    let (teller, listener) = pair(&place, Reactions::default().on(once)).await;
    run(&teller, tell(1..=3, 7, "fine")).await.unwrap();
    heard(&listener, 3).await;
    place.tamper("listener", "loss", "DELETE FROM notes WHERE number = 2");
    let said = log(&teller).await;
    let paused = listener.pause();
    let mut plug = Box::pin(run(&listener, act(|_| (), |_, _| Ok(()))));
    queue(plug.as_mut());
    eventually("the plug is taken", async || listener.depth() == (0, 0)).await;
    let mut waiting: Vec<_> =
        [0, 1, 1, 2].into_iter().map(|index: usize| Box::pin(listener.replay(&said[index]))).collect();
    waiting.iter_mut().for_each(|future| queue(future.as_mut()));
    drop(paused);
    plug.await.unwrap();
    let mut outcomes = Vec::new();
    for future in waiting {
        outcomes.push(future.await.unwrap());
    }
    use ReplayOutcome::{Changed, Unchanged};
    assert_eq!(outcomes, [Unchanged, Changed, Unchanged, Unchanged]);
    teller.stop();
    listener.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn none_overtakes_an_earlier_one_of_its_key() {
    let place = Place::new();
    let (teller, listener) = pair(&place, Reactions::default().on(once)).await;
    run(&teller, tell(1..=1, 7, "fine")).await.unwrap();
    run(&teller, tell(2..=2, 7, "refuse")).await.unwrap();
    run(&teller, tell(3..=3, 7, "fine")).await.unwrap();
    run(&teller, tell(4..=4, 8, "fine")).await.unwrap();
    heard(&listener, 4).await;
    let said = log(&teller).await;
    let again = async |index: usize| listener.replay(&said[index]).await.unwrap();
    assert_eq!(again(0).await, ReplayOutcome::Unchanged);
    assert_eq!(again(1).await, ReplayOutcome::NotYetDelivered);
    assert_eq!(again(2).await, ReplayOutcome::NotYetDelivered);
    assert_eq!(again(3).await, ReplayOutcome::Unchanged);
    assert_eq!(noted(&listener).await, [1, 4]);

    let unheard = LogEntry { position: 9, message: said[3].message.clone() };
    assert_eq!(listener.replay(&unheard).await.unwrap(), ReplayOutcome::NotYetDelivered);
    let mut other = said[3].clone();
    other.message.kind = "OtherEvent".into();
    assert_eq!(listener.replay(&other).await.unwrap(), ReplayOutcome::NoHandler);
    teller.stop();
    listener.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_told_and_not_put_aside() {
    let place = Place::new();
    let (teller, listener) = pair(&place, Reactions::default().on(once)).await;
    run(&listener, open_quota(1, 1)).await.unwrap();
    run(&teller, tell(1..=1, 7, "refuse")).await.unwrap();
    heard(&listener, 1).await;
    place.tamper("listener", "close", "DELETE FROM quotas");
    let mut said = log(&teller).await.remove(0);
    let refused = listener.replay(&said).await;
    assert!(matches!(&refused, Err(Failure::Refused(why)) if why.to_string() == "too early"), "{refused:?}");
    said.message.body = "{}".into();
    let unreadable = listener.replay(&said).await;
    assert!(matches!(&unreadable, Err(Failure::Refused(why)) if why.to_string().contains("cannot be read")));
    assert!(all::<DeferredMessage>(&listener).await.is_empty());
    teller.stop();
    listener.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_knows_where_a_time_begins() {
    let place = Place::new();
    let (clock, hand) = hand_clock();
    let parts = place.parts("teller", Reactions::default());
    let teller = Writer::start(boxoffice_writer::WriterParts { clock: clock.clone(), ..parts }).unwrap();
    let log = log_of(&teller);
    assert_eq!((log.retained().await.unwrap(), log.first_since(clock.now()).await.unwrap()), (None, 1));
    let mut times = Vec::new();
    for n in 0..20 {
        hand.advance(std::time::Duration::from_secs(10));
        times.push(clock.now());
        run(&teller, tell(n * 3 + 1..=n * 3 + 3, 7, "fine")).await.unwrap();
    }
    let second = std::time::Duration::from_secs(1);
    for (n, time) in (0..).zip(&times) {
        assert_eq!(log.first_since(*time).await.unwrap(), n * 3 + 1);
        assert_eq!(log.first_since(time.plus(second)).await.unwrap(), n * 3 + 4);
    }
    place.tamper("teller", "forget", "DELETE FROM outbox WHERE position <= 30");
    assert_eq!(log.retained().await.unwrap(), Some((31, 60)));
    assert_eq!(log.first_since(times[0]).await.unwrap(), 31);
    assert_eq!(log.first_since(times[15]).await.unwrap(), 46);
    teller.stop();
}
