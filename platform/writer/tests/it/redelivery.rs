//! Replays: they respect the order of each key and move no cursor.

use boxoffice_outbox::{Cursor, DeferredMessage, LogEntry};
use boxoffice_writer::{Command, Failure, Reactions, ReplayOutcome, Writer};

use crate::harness::*;

/// Records each event once, by its number, and refuses some while quota 1 does not exist.
fn once(event: TestEvent) -> impl Command<Answer = (), Refusal = Refusal> {
    command_of(
        move |reads| {
            reads.row::<Note>(event.n);
            reads.row::<Quota>(1);
        },
        move |work, _| {
            if event.behavior == "refuse" && work.get::<Quota>(1).is_none() {
                return Err(Refusal::TooEarly);
            }
            if work.get::<Note>(event.n).is_none() {
                work.insert(Note { number: event.n, n: event.n, text: event.behavior.clone() });
            }
            Ok(())
        },
    )
}

async fn services(folder: &TestFolder, reactions: Reactions) -> (Writer, Writer) {
    let (publisher, consumer) = (folder.publisher(None), folder.consumer(reactions));
    consume(&consumer, &publisher).await;
    (publisher, consumer)
}

async fn consumed(consumer: &Writer, position: i64) {
    eventually("it is consumed", async || all::<Cursor>(consumer).await.iter().any(|c| c.position == position)).await;
}

async fn log(publisher: &Writer) -> Vec<LogEntry> {
    log_of(publisher).after(0, 100).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_restores_a_missing_effect_and_repeats_none() {
    let folder = TestFolder::new();
    let (publisher, consumer) = services(&folder, Reactions::default().on(once)).await;
    run(&publisher, publish_events(1..=3, 7, "succeed")).await.unwrap();
    consumed(&consumer, 3).await;
    for event in &log(&publisher).await {
        assert_eq!(consumer.replay(event).await.unwrap(), ReplayOutcome::Unchanged);
    }
    // An effect is lost.
    folder.run_sql("consumer", "loss", "DELETE FROM notes WHERE number = 2");
    let mut outcomes = Vec::new();
    for event in &log(&publisher).await {
        outcomes.push(consumer.replay(event).await.unwrap());
    }
    assert_eq!(outcomes, [ReplayOutcome::Unchanged, ReplayOutcome::Changed, ReplayOutcome::Unchanged]);
    assert_eq!(recorded(&consumer).await, [1, 2, 3]);
    assert_eq!(all::<Cursor>(&consumer).await[0].position, 3);
    assert!(all::<DeferredMessage>(&consumer).await.is_empty());
    publisher.stop();
    consumer.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn replays_in_one_batch_have_outcomes_of_their_own() {
    let folder = TestFolder::new();
    let (publisher, consumer) = services(&folder, Reactions::default().on(once)).await;
    run(&publisher, publish_events(1..=3, 7, "succeed")).await.unwrap();
    consumed(&consumer, 3).await;
    folder.run_sql("consumer", "loss", "DELETE FROM notes WHERE number = 2");
    let event = log(&publisher).await;
    let replays = [0, 1, 1, 2].map(|index: usize| consumer.replay(&event[index]));
    let outcomes: Vec<_> = in_one_batch(&consumer, replays).await.into_iter().map(Result::unwrap).collect();
    use ReplayOutcome::{Changed, Unchanged};
    assert_eq!(outcomes, [Unchanged, Changed, Unchanged, Unchanged]);
    publisher.stop();
    consumer.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_never_overtakes_an_earlier_message_of_its_key() {
    let folder = TestFolder::new();
    let (publisher, consumer) = services(&folder, Reactions::default().on(once)).await;
    run(&publisher, publish_events(1..=1, 7, "succeed")).await.unwrap();
    run(&publisher, publish_events(2..=2, 7, "refuse")).await.unwrap();
    run(&publisher, publish_events(3..=3, 7, "succeed")).await.unwrap();
    run(&publisher, publish_events(4..=4, 8, "succeed")).await.unwrap();
    consumed(&consumer, 4).await;
    let event = log(&publisher).await;
    let again = async |index: usize| consumer.replay(&event[index]).await.unwrap();
    assert_eq!(again(0).await, ReplayOutcome::Unchanged);
    assert_eq!(again(1).await, ReplayOutcome::NotYetDelivered);
    assert_eq!(again(2).await, ReplayOutcome::NotYetDelivered);
    assert_eq!(again(3).await, ReplayOutcome::Unchanged);
    assert_eq!(recorded(&consumer).await, [1, 4]);

    let unconsumed = LogEntry { position: 9, message: event[3].message.clone() };
    assert_eq!(consumer.replay(&unconsumed).await.unwrap(), ReplayOutcome::NotYetDelivered);
    let mut other = event[3].clone();
    other.message.kind = "OtherEvent".into();
    assert_eq!(consumer.replay(&other).await.unwrap(), ReplayOutcome::NoHandler);
    publisher.stop();
    consumer.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_replay_is_not_deferred() {
    let folder = TestFolder::new();
    let (publisher, consumer) = services(&folder, Reactions::default().on(once)).await;
    run(&consumer, create_quota(1, 1)).await.unwrap();
    run(&publisher, publish_events(1..=1, 7, "refuse")).await.unwrap();
    consumed(&consumer, 1).await;
    folder.run_sql("consumer", "close", "DELETE FROM quotas");
    let mut event = log(&publisher).await.remove(0);
    let refused = consumer.replay(&event).await;
    assert!(matches!(&refused, Err(Failure::Refused(why)) if why.to_string() == "too early"), "{refused:?}");
    event.message.body = "{}".into();
    let unreadable = consumer.replay(&event).await;
    assert!(matches!(&unreadable, Err(Failure::Refused(why)) if why.to_string().contains("cannot be read")));
    assert!(all::<DeferredMessage>(&consumer).await.is_empty());
    publisher.stop();
    consumer.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_finds_the_first_message_since_a_time() {
    let folder = TestFolder::new();
    let (clock, time) = manual_clock();
    let parts = folder.parts("publisher", Reactions::default());
    let publisher = Writer::start(boxoffice_writer::WriterParts { clock: clock.clone(), ..parts }).unwrap();
    let log = log_of(&publisher);
    assert_eq!((log.retained().await.unwrap(), log.first_since(clock.now()).await.unwrap()), (None, 1));
    let mut times = Vec::new();
    for n in 0..20 {
        time.advance(std::time::Duration::from_secs(10));
        times.push(clock.now());
        run(&publisher, publish_events(n * 3 + 1..=n * 3 + 3, 7, "succeed")).await.unwrap();
    }
    let second = std::time::Duration::from_secs(1);
    for (n, time) in (0..).zip(&times) {
        assert_eq!(log.first_since(*time).await.unwrap(), n * 3 + 1);
        assert_eq!(log.first_since(time.plus(second)).await.unwrap(), n * 3 + 4);
    }
    folder.run_sql("publisher", "forget", "DELETE FROM outbox WHERE position <= 30");
    assert_eq!(log.retained().await.unwrap(), Some((31, 60)));
    assert_eq!(log.first_since(times[0]).await.unwrap(), 31);
    assert_eq!(log.first_since(times[15]).await.unwrap(), 46);
    publisher.stop();
}
