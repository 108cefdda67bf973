//! A request repeated with its key has one effect.

use boxoffice_outbox::IdempotencyRecord;
use boxoffice_writer::{
    Command, Effect, Failure, IdempotencyKey, Idempotent, IdempotentRefused, ReadSet, Resource, UnitOfWork,
};
use uuid::Uuid;

use crate::setting::*;

/// A hold, by its id.
#[derive(Debug, PartialEq)]
struct Made(i64);

impl Resource for Made {
    fn resource_id(&self) -> String {
        self.0.to_string()
    }
}

/// Takes a place of quota 1 under a number that counts up, so that every effect shows.
struct TakeNext;

impl Command for TakeNext {
    type Answer = Made;
    type Refusal = No;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.counter("holds");
        reads.row::<Quota>(1);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &boxoffice_writer::CommandContext) -> Result<Made, No> {
        let id = work.next_number("holds");
        let quota = work.edit::<Quota>(1).ok_or(No::TooEarly)?;
        if quota.taken == quota.capacity {
            return Err(No::SoldOut);
        }
        quota.taken += 1;
        work.insert(Hold { id, quota: 1, code: id.to_string(), version: 0 });
        Ok(Made(id))
    }
}

fn request(key: u128, body: u128) -> Idempotent<TakeNext> {
    let key = IdempotencyKey { id: Uuid::from_u128(key), fingerprint: Uuid::from_u128(body) };
    Idempotent { key: Some(key), command: TakeNext }
}

type Outcome = Result<Effect<Made>, Failure<IdempotentRefused<No>>>;

fn fresh(outcome: &Outcome, id: i64) -> bool {
    matches!(outcome, Ok(Effect::Fresh(Made(made))) if *made == id)
}

fn replayed(outcome: &Outcome, id: i64) -> bool {
    matches!(outcome, Ok(Effect::Replayed(made)) if *made == id.to_string())
}

fn reused(outcome: &Outcome) -> bool {
    matches!(outcome, Err(Failure::Refused(IdempotentRefused::KeyReused)))
}

#[tokio::test]
async fn repeated_one_after_the_other() {
    let place = Place::new();
    let writer = place.writer();
    run(&writer, open_quota(1, 9)).await.unwrap();
    assert!(fresh(&run(&writer, request(1, 1)).await, 1));
    assert!(replayed(&run(&writer, request(1, 1)).await, 1));
    assert!(reused(&run(&writer, request(1, 2)).await));
    assert!(fresh(&run(&writer, request(2, 2)).await, 2));
    writer.stop();
    let writer = place.writer();
    assert!(replayed(&run(&writer, request(1, 1)).await, 1));
    assert_eq!(all::<Quota>(&writer).await[0].taken, 2);
    assert_eq!(all::<IdempotencyRecord>(&writer).await.len(), 2);
    writer.stop();
}

#[tokio::test]
async fn repeated_within_one_batch() {
    let place = Place::new();
    let writer = place.writer();
    run(&writer, open_quota(1, 9)).await.unwrap();
    let bodies = [(1, 1), (1, 1), (1, 2), (2, 1), (1, 1)];
    let outcomes = in_one_batch(&writer, bodies.map(|(key, body)| request(key, body))).await;
    assert!(fresh(&outcomes[0], 1) && replayed(&outcomes[1], 1), "{outcomes:?}");
    assert!(reused(&outcomes[2]) && fresh(&outcomes[3], 2) && replayed(&outcomes[4], 1), "{outcomes:?}");
    assert_eq!(all::<Hold>(&writer).await.len(), 2);
    writer.stop();
}

#[tokio::test]
async fn repeated_after_a_refusal() {
    let place = Place::new();
    let writer = place.writer();
    for _ in 0..2 {
        let refused = run(&writer, request(1, 1)).await;
        assert!(matches!(refused, Err(Failure::Refused(IdempotentRefused::Refused(No::TooEarly)))), "{refused:?}");
    }
    run(&writer, open_quota(1, 1)).await.unwrap();
    assert!(fresh(&run(&writer, request(1, 1)).await, 1), "the refused tries took no number");
    assert!(replayed(&run(&writer, request(1, 1)).await, 1), "although it is sold out by now");
    writer.stop();
}

#[tokio::test]
async fn without_a_key_every_request_has_its_effect() {
    let place = Place::new();
    let writer = place.writer();
    run(&writer, open_quota(1, 9)).await.unwrap();
    for id in 1..=3 {
        assert!(fresh(&run(&writer, Idempotent { key: None, command: TakeNext }).await, id));
    }
    assert!(all::<IdempotencyRecord>(&writer).await.is_empty());
    writer.stop();
}
