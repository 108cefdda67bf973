//! A publisher and a consumer whose handler fails on request, for tests of retries and dead letters.

use std::time::Duration;

use boxoffice_clock::ManualClock;
use boxoffice_envelope::{Event, Origin};
use boxoffice_outbox::{Backoff, DeferredMessage, DeferredState, LogHead};
use boxoffice_writer::{
    Command, DeadLetterRefusal, DiscardDeadLetter, Failure, Reactions, ReplayDeadLetter, Writer, WriterParts,
    run_retries,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::harness::*;

pub const ATTEMPTS: i64 = 4;

/// Longer than any retry delay.
pub const LONG: Duration = Duration::from_secs(120);

/// Records the event, unless its behavior is a failure. Failures end when quota 1 exists.
pub fn fallible(event: TestEvent) -> impl Command<Answer = (), Refusal = Refusal> {
    command_of(
        |reads| {
            reads.row::<Quota>(1);
            reads.counter("notes");
        },
        move |work, context| {
            let is_repaired = work.get::<Quota>(1).is_some();
            let number = work.next_number("notes");
            work.insert(Note { number, n: event.n, text: event.behavior.clone() });
            work.publish(&HandledEvent { n: event.n }, context);
            match event.behavior.as_str() {
                "refuse" if !is_repaired => Err(Refusal::TooEarly),
                "panic" if !is_repaired => panic!("scripted panic"),
                "collide" if !is_repaired => {
                    work.insert(Hold { id: 1, quota: 404, code: "stray".into(), version: 0 });
                    Ok(())
                }
                _ => Ok(()),
            }
        },
    )
}

/// The event that the consumer publishes for each one it handles, to count its effects.
#[derive(Serialize, Deserialize)]
pub struct HandledEvent {
    n: i64,
}

impl Event for HandledEvent {
    const KIND: &'static str = "HandledEvent";
    const SOURCE: &'static str = "consumer";
    fn key(&self) -> Uuid {
        Uuid::nil()
    }
}

/// Has the kind of [`TestEvent`] and lacks its fields.
#[derive(Serialize, Deserialize)]
struct MalformedEvent {
    key: Uuid,
}

impl Event for MalformedEvent {
    const KIND: &'static str = TestEvent::KIND;
    const SOURCE: &'static str = TestEvent::SOURCE;
    fn key(&self) -> Uuid {
        self.key
    }
}

pub fn publish_malformed(key: u128) -> impl Command<Answer = (), Refusal = Refusal> {
    command_of(
        |_| (),
        move |work, context| {
            work.publish(&MalformedEvent { key: Uuid::from_u128(key) }, context);
            Ok(())
        },
    )
}

pub struct Services {
    pub publisher: Writer,
    pub consumer: Writer,
    pub time: ManualClock,
    pub folder: TestFolder,
}

impl Services {
    pub async fn start() -> Self {
        let folder = TestFolder::new();
        let (clock, time) = manual_clock();
        let backoff = Backoff { max_attempts: ATTEMPTS, ..Backoff::default() };
        let publisher = folder.publisher(None);
        let parts = folder.parts("consumer", Reactions::default().on(fallible));
        let consumer = Writer::start(WriterParts { clock, backoff, ..parts }).unwrap();
        consume(&consumer, &publisher).await;
        tokio::spawn(run_retries(consumer.clone()));
        Self { publisher, consumer, time, folder }
    }

    pub async fn publish(&self, n: i64, key: u128, behavior: &str) {
        run(&self.publisher, publish_events(n..=n, key, behavior)).await.unwrap();
    }

    /// Waits until the deferred messages are `expected`, and checks their count in the head of the log.
    pub async fn deferred(&self, expected: &[(i64, DeferredState, i64)]) {
        let seen = async || {
            let (rows, head) = self
                .consumer
                .database()
                .select_two::<DeferredMessage, LogHead>(("ORDER BY position", Vec::new()), ("", Vec::new()))
                .await
                .unwrap();
            assert_eq!(head[0].deferred_count, i64::try_from(rows.len()).unwrap());
            rows.iter().map(|row| (row.position, row.state, row.attempts)).collect::<Vec<_>>()
        };
        eventually(&format!("{expected:?} is deferred"), async || seen().await == expected).await;
    }

    pub async fn notes(&self, expected: &[i64]) {
        eventually(&format!("{expected:?} is recorded"), async || {
            recorded(&self.consumer).await.len() == expected.len()
        })
        .await;
        assert_eq!(recorded(&self.consumer).await, expected);
        // One published event for each effect.
        assert_eq!(head(&self.consumer).await.last_position, i64::try_from(expected.len()).unwrap());
    }

    /// Advances the clock until the message at `position` has failed in all attempts.
    pub async fn dead_letter(&self, position: i64, blocked: &[(i64, DeferredState, i64)]) {
        for attempts in 1..ATTEMPTS {
            self.deferred(&[&[(position, DeferredState::Deferred, attempts)], blocked].concat()).await;
            self.time.advance(LONG);
        }
        self.deferred(&[&[(position, DeferredState::DeadLettered, ATTEMPTS)], blocked].concat()).await;
    }

    pub async fn repair(&self) {
        run(&self.consumer, create_quota(1, 1)).await.unwrap();
    }

    pub async fn replay(&self, position: i64) -> Result<(), Failure<DeadLetterRefusal>> {
        run(&self.consumer, ReplayDeadLetter { source: "publisher".into(), position }).await
    }

    pub async fn discard(&self, position: i64) -> Result<(), Failure<DeadLetterRefusal>> {
        let origin = Origin { actor: "olga".into(), ..Origin::default() };
        let discard = DiscardDeadLetter { source: "publisher".into(), position, reason: "obsolete".into() };
        self.consumer.run(origin, discard).await
    }

    pub fn stop(self) {
        self.publisher.stop();
        self.consumer.stop();
    }
}
