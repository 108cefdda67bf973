//! Dead letters: messages whose attempts all failed are replayed or discarded by operators.

use boxoffice_outbox::{
    DeferredMessage,
    DeferredState::{self, Blocked, Deferred},
    DiscardedMessage,
};
use boxoffice_writer::{DeadLetterRefusal, Failure};

use crate::{harness::*, services::*};

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_a_panic_and_a_constraint_are_dead_lettered_and_replayed() {
    for behavior in ["refuse", "panic", "collide"] {
        let services = Services::start().await;
        services.publish(1, 7, behavior).await;
        services.publish(2, 7, "succeed").await;
        services.publish(3, 8, "succeed").await;
        services.dead_letter(1, &[(2, Blocked, 0)]).await;
        services.time.advance(LONG);
        services.publish(4, 7, "succeed").await;
        services.notes(&[3]).await;
        let blocked = [(2, Blocked, 0), (4, Blocked, 0)];
        services.deferred(&[&[(1, DeferredState::DeadLettered, ATTEMPTS)], blocked.as_slice()].concat()).await;

        // The failure persists: a replay has the full number of attempts again.
        services.replay(1).await.unwrap();
        services.dead_letter(1, &blocked).await;
        services.repair().await;
        services.replay(1).await.unwrap();
        services.notes(&[3, 1, 2, 4]).await;
        services.deferred(&[]).await;
        services.publish(5, 7, "succeed").await;
        services.notes(&[3, 1, 2, 4, 5]).await;
        services.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_message_is_dead_lettered_and_discarded() {
    let services = Services::start().await;
    run(&services.publisher, publish_malformed(7)).await.unwrap();
    services.publish(2, 7, "succeed").await;
    services.publish(3, 7, "succeed").await;
    services.publish(4, 8, "succeed").await;
    services.dead_letter(1, &[(2, Blocked, 0), (3, Blocked, 0)]).await;
    services.notes(&[4]).await;
    let error = all::<DeferredMessage>(&services.consumer).await.remove(0).error;
    assert!(error.contains("TestEvent cannot be read"), "{error}");
    services.discard(1).await.unwrap();
    services.notes(&[4, 2, 3]).await;
    services.deferred(&[]).await;
    let [dropped] = all::<DiscardedMessage>(&services.consumer).await.try_into().unwrap();
    assert_eq!((dropped.source.as_str(), dropped.position, dropped.attempts), ("publisher", 1, ATTEMPTS));
    assert_eq!((dropped.discarded_by.as_str(), dropped.reason.as_str()), ("olga", "obsolete"));
    assert!(dropped.error.contains("cannot be read") && dropped.discarded_at > dropped.published_at, "{dropped:?}");
    services.stop();
}

/// The second operator gets a refusal. The blocked messages are delivered once in either case.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_concurrent_replay_and_discard_one_succeeds() {
    let services = Services::start().await;
    for (key, is_replay_first) in [(7, true), (8, false)] {
        let first = head(&services.publisher).await.last_position + 1;
        run(&services.publisher, publish_events(first..=first, key, "refuse")).await.unwrap();
        run(&services.publisher, publish_events(first + 1..=first + 1, key, "succeed")).await.unwrap();
        services.dead_letter(first, &[(first + 1, Blocked, 0)]).await;
        let (replay, discard) = if is_replay_first {
            tokio::join!(services.replay(first), services.discard(first))
        } else {
            let (discard, replay) = tokio::join!(services.discard(first), services.replay(first));
            (replay, discard)
        };
        assert_eq!((replay.is_ok(), discard.is_ok()), (is_replay_first, !is_replay_first), "{replay:?} {discard:?}");
        if is_replay_first {
            services.dead_letter(first, &[(first + 1, Blocked, 0)]).await;
            services.discard(first).await.unwrap();
        }
        services.deferred(&[]).await;
    }
    assert_eq!(recorded(&services.consumer).await, [2, 4]);
    assert_eq!(all::<DiscardedMessage>(&services.consumer).await.len(), 2);
    services.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_dead_letter_is_replayed_or_discarded() {
    let services = Services::start().await;
    services.publish(1, 7, "refuse").await;
    services.publish(2, 7, "succeed").await;
    services.deferred(&[(1, Deferred, 1), (2, Blocked, 0)]).await;
    for position in [1, 2] {
        let (replayed, discarded) = (services.replay(position).await, services.discard(position).await);
        assert!(matches!(replayed, Err(Failure::Refused(DeadLetterRefusal::NotDeadLettered))), "{replayed:?}");
        assert!(matches!(discarded, Err(Failure::Refused(DeadLetterRefusal::NotDeadLettered))), "{discarded:?}");
    }
    let (replayed, discarded) = (services.replay(9).await, services.discard(9).await);
    assert!(matches!(replayed, Err(Failure::Refused(DeadLetterRefusal::NotFound))), "{replayed:?}");
    assert!(matches!(discarded, Err(Failure::Refused(DeadLetterRefusal::NotFound))), "{discarded:?}");
    services.deferred(&[(1, Deferred, 1), (2, Blocked, 0)]).await;
    services.stop();
}
