//! Dead letters of a service's own: parked by a task that failed too often, replayed and given up by operators.

use boxoffice_outbox::{DeferredMessage, DeferredState, OutboxMessage};
use boxoffice_writer::{Command, DiscardDeadLetter, Reactions, ReplayDeadLetter, Writer, run_retries};
use uuid::Uuid;

use crate::setting::*;

/// A task gives up on something.
fn give_up(n: i64) -> impl Command<Answer = (), Refusal = No> {
    act(
        |reads| reads.dead_letters(),
        move |work, context| {
            let said = Said { n, key: Uuid::from_u128(7), wish: "fine".into() };
            work.dead_letter(&said, format!("failure {n}"), context);
            Ok(())
        },
    )
}

async fn put_aside(writer: &Writer) -> Vec<(i64, DeferredState, String)> {
    let rows: Vec<DeferredMessage> = all(writer).await;
    assert_eq!(head(writer).await.deferred_count, i64::try_from(rows.len()).unwrap());
    rows.into_iter().map(|row| (row.position, row.state, row.error)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_parks_itself_is_replayed_and_given_up() {
    let place = Place::new();
    let reactions = Reactions::default().on_dead_letter(write_down);
    assert!(reactions.sources().is_empty() && reactions.kinds().is_empty(), "no log is followed for it");
    let writer = Writer::start(place.parts("teller", reactions)).unwrap();
    tokio::spawn(run_retries(writer.clone()));
    for outcome in in_one_batch(&writer, [give_up(1), give_up(2)]).await {
        outcome.unwrap();
    }
    run(&writer, give_up(3)).await.unwrap();
    let dead = |n: i64| (-n, DeferredState::DeadLettered, format!("failure {n}"));
    assert_eq!(put_aside(&writer).await, [dead(3), dead(2), dead(1)]);
    assert!(all::<OutboxMessage>(&writer).await.is_empty(), "it is said to nobody");

    run(&writer, ReplayDeadLetter { source: "teller".into(), position: -2 }).await.unwrap();
    eventually("it is written down", async || noted(&writer).await == [2]).await;
    assert_eq!(put_aside(&writer).await, [dead(3), dead(1)]);
    run(&writer, DiscardDeadLetter { source: "teller".into(), position: -1, reason: "of no use".into() })
        .await
        .unwrap();
    assert_eq!(put_aside(&writer).await, [dead(3)]);
    assert_eq!(noted(&writer).await, [2]);
    writer.stop();
}
