//! Dead letters that a service creates itself, for its failed tasks.

use boxoffice_outbox::{DeferredMessage, DeferredState, OutboxMessage};
use boxoffice_writer::{Command, DiscardDeadLetter, Reactions, ReplayDeadLetter, Writer, run_retries};
use uuid::Uuid;

use crate::harness::*;

/// A task of the service stores a dead letter.
fn fail_task(n: i64) -> impl Command<Answer = (), Refusal = Refusal> {
    command_of(
        |reads| reads.dead_letters(),
        move |work, context| {
            let event = TestEvent { n, key: Uuid::from_u128(7), behavior: "succeed".into() };
            work.dead_letter(&event, format!("failure {n}"), context);
            Ok(())
        },
    )
}

async fn deferred(writer: &Writer) -> Vec<(i64, DeferredState, String)> {
    let rows: Vec<DeferredMessage> = all(writer).await;
    assert_eq!(head(writer).await.deferred_count, i64::try_from(rows.len()).unwrap());
    rows.into_iter().map(|row| (row.position, row.state, row.error)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_of_the_service_itself_is_replayed_or_discarded() {
    let folder = TestFolder::new();
    let reactions = Reactions::default().on_dead_letter(record);
    assert!(reactions.sources().is_empty() && reactions.kinds().is_empty(), "no log is consumed for it");
    let writer = Writer::start(folder.parts("publisher", reactions)).unwrap();
    tokio::spawn(run_retries(writer.clone()));
    for outcome in run_in_one_batch(&writer, [fail_task(1), fail_task(2)]).await {
        outcome.unwrap();
    }
    run(&writer, fail_task(3)).await.unwrap();
    let dead = |n: i64| (-n, DeferredState::DeadLettered, format!("failure {n}"));
    assert_eq!(deferred(&writer).await, [dead(3), dead(2), dead(1)]);
    assert!(all::<OutboxMessage>(&writer).await.is_empty(), "dead letters are not published");

    run(&writer, ReplayDeadLetter { source: "publisher".into(), position: -2 }).await.unwrap();
    eventually("it is recorded", async || recorded(&writer).await == [2]).await;
    assert_eq!(deferred(&writer).await, [dead(3), dead(1)]);
    run(&writer, DiscardDeadLetter { source: "publisher".into(), position: -1, reason: "obsolete".into() })
        .await
        .unwrap();
    assert_eq!(deferred(&writer).await, [dead(3)]);
    assert_eq!(recorded(&writer).await, [2]);
    writer.stop();
}
