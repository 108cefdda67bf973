//! What is old is taken away, what is young stays, and positions go on counting.

use std::time::Duration;

use boxoffice_clock::ManualClock;
use boxoffice_outbox::{IdempotencyRecord, OutboxMessage};
use boxoffice_writer::{IdempotencyKey, Idempotent, Resource, Retention, Writer, WriterParts, run_retention};
use uuid::Uuid;

use crate::setting::*;

struct Done;

impl Resource for Done {
    fn resource_id(&self) -> String {
        "done".into()
    }
}

fn remembered(n: u128) -> Idempotent<impl boxoffice_writer::Command<Answer = Done, Refusal = No>> {
    let key = IdempotencyKey { id: Uuid::from_u128(n), fingerprint: Uuid::nil() };
    Idempotent { key: Some(key), command: act(|_| (), |_, _| Ok(Done)) }
}

fn start(place: &Place) -> (Writer, ManualClock) {
    let (clock, hand) = hand_clock();
    (Writer::start(WriterParts { clock, ..place.parts("teller", diary()) }).unwrap(), hand)
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread")]
async fn old_rows_go_and_young_ones_stay() {
    let place = Place::new();
    let (writer, hand) = start(&place);
    run(&writer, tell(1..=2500, 1, "old")).await.unwrap();
    run(&writer, remembered(1)).await.unwrap();
    hand.advance(HOUR * 2);
    run(&writer, tell(2501..=2510, 1, "young")).await.unwrap();
    run(&writer, remembered(2)).await.unwrap();
    let retention = Retention { outbox: HOUR, idempotency: HOUR };
    tokio::spawn(run_retention(writer.clone(), retention));
    let positions = async || all::<OutboxMessage>(&writer).await.iter().map(|row| row.position).collect::<Vec<_>>();
    eventually("the old ones are gone", async || positions().await.len() <= 10).await;
    assert_eq!(positions().await, (2501..=2510).collect::<Vec<i64>>());
    eventually("the old key is gone", async || all::<IdempotencyRecord>(&writer).await.len() == 1).await;
    assert_eq!(all::<IdempotencyRecord>(&writer).await[0].id, Uuid::from_u128(2));

    hand.advance(HOUR * 2);
    eventually("all are gone", async || positions().await.is_empty()).await;
    run(&writer, tell(1..=1, 1, "next")).await.unwrap();
    assert_eq!(positions().await, [2511]);
    writer.stop();
    let (writer, _) = start(&place);
    run(&writer, tell(1..=1, 1, "next")).await.unwrap();
    assert_eq!(head(&writer).await.last_position, 2512);
    writer.stop();
}
