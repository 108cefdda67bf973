//! Idempotent requests: a repetition has no second effect.

use boxoffice_outbox::IdempotencyRecord;
use boxoffice_writer::{
    Command, Effect, Failure, IdempotencyKey, Idempotent, IdempotentRefused, ReadSet, Resource, UnitOfWork,
};
use uuid::Uuid;

use crate::harness::*;

/// The answer: the id of the new hold.
#[derive(Debug, PartialEq)]
struct HoldCreated(i64);

impl Resource for HoldCreated {
    fn resource_id(&self) -> String {
        self.0.to_string()
    }
}

/// Takes a seat of quota 1 under the next number, so that every effect is visible.
struct CreateNextHold;

impl Command for CreateNextHold {
    type Answer = HoldCreated;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.counter("holds");
        reads.row::<Quota>(1);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &boxoffice_writer::CommandContext) -> Result<HoldCreated, Refusal> {
        let id = work.next_number("holds");
        let quota = work.edit::<Quota>(1).ok_or(Refusal::TooEarly)?;
        if quota.taken == quota.capacity {
            return Err(Refusal::SoldOut);
        }
        quota.taken += 1;
        work.insert(Hold { id, quota: 1, code: id.to_string(), version: 0 });
        Ok(HoldCreated(id))
    }
}

fn request(key: u128, body: u128) -> Idempotent<CreateNextHold> {
    let key = IdempotencyKey { id: Uuid::from_u128(key), fingerprint: Uuid::from_u128(body) };
    Idempotent { key: Some(key), command: CreateNextHold }
}

type Outcome = Result<Effect<HoldCreated>, Failure<IdempotentRefused<Refusal>>>;

fn fresh(outcome: &Outcome, id: i64) -> bool {
    matches!(outcome, Ok(Effect::Fresh(HoldCreated(made))) if *made == id)
}

fn replayed(outcome: &Outcome, id: i64) -> bool {
    matches!(outcome, Ok(Effect::Replayed(made)) if *made == id.to_string())
}

fn reused(outcome: &Outcome) -> bool {
    matches!(outcome, Err(Failure::Refused(IdempotentRefused::KeyReused)))
}

#[tokio::test]
async fn a_repetition_has_one_effect() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    run(&writer, create_quota(1, 9)).await.unwrap();
    assert!(fresh(&run(&writer, request(1, 1)).await, 1));
    assert!(replayed(&run(&writer, request(1, 1)).await, 1));
    assert!(reused(&run(&writer, request(1, 2)).await));
    assert!(fresh(&run(&writer, request(2, 2)).await, 2));
    writer.stop();
    let writer = folder.writer();
    assert!(replayed(&run(&writer, request(1, 1)).await, 1));
    assert_eq!(all::<Quota>(&writer).await[0].taken, 2);
    assert_eq!(all::<IdempotencyRecord>(&writer).await.len(), 2);
    writer.stop();
}

#[tokio::test]
async fn a_repetition_in_the_same_batch_has_one_effect() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    run(&writer, create_quota(1, 9)).await.unwrap();
    let bodies = [(1, 1), (1, 1), (1, 2), (2, 1), (1, 1)];
    let outcomes = run_in_one_batch(&writer, bodies.map(|(key, body)| request(key, body))).await;
    assert!(fresh(&outcomes[0], 1) && replayed(&outcomes[1], 1), "{outcomes:?}");
    assert!(reused(&outcomes[2]) && fresh(&outcomes[3], 2) && replayed(&outcomes[4], 1), "{outcomes:?}");
    assert_eq!(all::<Hold>(&writer).await.len(), 2);
    writer.stop();
}

#[tokio::test]
async fn a_repetition_after_a_refusal_may_succeed() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    for _ in 0..2 {
        let refused = run(&writer, request(1, 1)).await;
        assert!(matches!(refused, Err(Failure::Refused(IdempotentRefused::Refused(Refusal::TooEarly)))), "{refused:?}");
    }
    run(&writer, create_quota(1, 1)).await.unwrap();
    assert!(fresh(&run(&writer, request(1, 1)).await, 1), "refused requests use no number");
    assert!(replayed(&run(&writer, request(1, 1)).await, 1), "the quota is sold out by now");
    writer.stop();
}

#[tokio::test]
async fn without_a_key_every_request_has_its_effect() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    run(&writer, create_quota(1, 9)).await.unwrap();
    for id in 1..=3 {
        assert!(fresh(&run(&writer, Idempotent { key: None, command: CreateNextHold }).await, id));
    }
    assert!(all::<IdempotencyRecord>(&writer).await.is_empty());
    writer.stop();
}
