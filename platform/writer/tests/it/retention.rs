//! Retention: expired rows are deleted, later rows stay, positions continue.

use std::time::Duration;

use boxoffice_clock::ManualClock;
use boxoffice_outbox::{IdempotencyRecord, OutboxMessage};
use boxoffice_writer::{IdempotencyKey, Idempotent, Resource, Retention, Writer, WriterParts, run_retention};
use uuid::Uuid;

use crate::harness::*;

struct Done;

impl Resource for Done {
    fn resource_id(&self) -> String {
        "done".into()
    }
}

fn idempotent(n: u128) -> Idempotent<impl boxoffice_writer::Command<Answer = Done, Refusal = Refusal>> {
    let key = IdempotencyKey { id: Uuid::from_u128(n), fingerprint: Uuid::nil() };
    Idempotent { key: Some(key), command: command_of(|_| (), |_, _| Ok(Done)) }
}

fn start(folder: &TestFolder) -> (Writer, ManualClock) {
    let (clock, time) = manual_clock();
    (Writer::start(WriterParts { clock, ..folder.parts("publisher", recording_handlers()) }).unwrap(), time)
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread")]
async fn expired_rows_are_deleted_and_positions_continue() {
    let folder = TestFolder::new();
    let (writer, time) = start(&folder);
    run(&writer, publish_events(1..=2500, 1, "old")).await.unwrap();
    run(&writer, idempotent(1)).await.unwrap();
    time.advance(HOUR * 2);
    run(&writer, publish_events(2501..=2510, 1, "young")).await.unwrap();
    run(&writer, idempotent(2)).await.unwrap();
    let retention = Retention { outbox: HOUR, idempotency: HOUR };
    tokio::spawn(run_retention(writer.clone(), retention));
    let positions = async || all::<OutboxMessage>(&writer).await.iter().map(|row| row.position).collect::<Vec<_>>();
    eventually("expired messages are deleted", async || positions().await.len() <= 10).await;
    assert_eq!(positions().await, (2501..=2510).collect::<Vec<i64>>());
    eventually("the expired record is deleted", async || all::<IdempotencyRecord>(&writer).await.len() == 1).await;
    assert_eq!(all::<IdempotencyRecord>(&writer).await[0].id, Uuid::from_u128(2));

    time.advance(HOUR * 2);
    eventually("all messages are deleted", async || positions().await.is_empty()).await;
    run(&writer, publish_events(1..=1, 1, "next")).await.unwrap();
    assert_eq!(positions().await, [2511]);
    writer.stop();
    let (writer, _) = start(&folder);
    run(&writer, publish_events(1..=1, 1, "next")).await.unwrap();
    assert_eq!(head(&writer).await.last_position, 2512);
    writer.stop();
}
