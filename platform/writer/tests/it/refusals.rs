//! What is refused, panics or asks for too much leaves nothing behind, and takes nobody with it.

use std::sync::Arc;

use boxoffice_writer::{Failure, Signal};
use parking_lot::Mutex;
use uuid::Uuid;

use crate::setting::*;

/// Changes everything that can be changed, then ends as told.
fn meddle(end: fn() -> Result<(), No>) -> impl boxoffice_writer::Command<Answer = (), Refusal = No> {
    act(
        |reads| {
            reads.row::<Quota>(1);
            reads.row::<Hold>(10);
            reads.row::<Hold>(11);
            reads.counter("meddling");
        },
        move |work, context| {
            work.edit::<Quota>(1).unwrap().taken += 5;
            work.delete::<Hold>(10).unwrap();
            work.insert(Hold { id: 11, quota: 1, code: "meddled".into(), version: 0 });
            work.insert(Note { number: 1, n: 1, text: "meddled".into() });
            work.next_number("meddling");
            work.publish(&Said { n: 666, key: Uuid::from_u128(1), wish: "meddled".into() }, context);
            work.signal("meddled", Uuid::from_u128(6));
            end()
        },
    )
}

async fn furnished(place: &Place) -> (boxoffice_writer::Writer, Arc<Mutex<Vec<Signal>>>) {
    let writer = place.writer();
    let nudges = Arc::new(Mutex::new(Vec::new()));
    writer.on_signal({
        let nudges = nudges.clone();
        move |nudge| nudges.lock().push(nudge)
    });
    run(&writer, open_quota(1, 100)).await.unwrap();
    run(&writer, take(1, 10, "first")).await.unwrap();
    (writer, nudges)
}

#[tokio::test]
async fn a_refusal_after_changes_leaves_nothing_behind() {
    let place = Place::new();
    let (writer, nudges) = furnished(&place).await;
    let before = (all::<Quota>(&writer).await, all::<Hold>(&writer).await, head(&writer).await);
    let refused = run(&writer, meddle(|| Err(No::Whim))).await;
    assert!(matches!(refused, Err(Failure::Refused(No::Whim))), "{refused:?}");
    assert_eq!((all::<Quota>(&writer).await, all::<Hold>(&writer).await, head(&writer).await), before);
    assert!(noted(&writer).await.is_empty());
    assert_eq!(said(&writer).await, [10]);
    writer.stop();
    assert!(nudges.lock().is_empty());
}

#[tokio::test]
async fn a_panic_fails_that_command_alone_and_the_rest_of_its_batch_is_kept() {
    let place = Place::new();
    let (writer, nudges) = furnished(&place).await;
    let ends: [fn() -> Result<(), No>; 3] = [|| Err(No::Whim), || panic!("out of wits"), || Ok(())];
    let outcomes = in_one_batch(&writer, ends.map(meddle)).await;
    let [Err(Failure::Refused(No::Whim)), Err(Failure::Internal(why)), Ok(())] = outcomes.as_slice() else {
        panic!("{outcomes:?}")
    };
    assert_eq!(why, "out of wits");
    let quota = all::<Quota>(&writer).await.remove(0);
    assert_eq!((quota.taken, quota.version), (6, 3));
    assert_eq!(said(&writer).await, [10, 666]);
    assert_eq!(all::<Hold>(&writer).await.iter().map(|hold| hold.id).collect::<Vec<_>>(), [11]);
    writer.stop();
    assert_eq!(*nudges.lock(), [Signal { name: "meddled", id: Uuid::from_u128(6) }]);
}

#[tokio::test]
async fn a_row_that_is_not_among_the_needs_fails_that_command_alone() {
    let place = Place::new();
    let (writer, _) = furnished(&place).await;
    let peep = |named: bool| {
        act(
            move |reads| {
                if named {
                    reads.row::<Quota>(1);
                }
            },
            |work, _| {
                work.edit::<Quota>(1).unwrap().taken += 1;
                Ok(())
            },
        )
    };
    let alone = run(&writer, peep(false)).await;
    assert!(matches!(&alone, Err(Failure::Internal(why)) if why.contains("quotas")), "{alone:?}");
    let search = run(&writer, act(|_| (), |work, _| Ok(work.find::<Hold>(&["quota"], &1).len()))).await;
    assert!(matches!(&search, Err(Failure::Internal(why)) if why.contains("holds by quota")), "{search:?}");
    assert!(run(&writer, peep(true)).await.is_ok());
    assert_eq!(all::<Quota>(&writer).await[0].taken, 2);
    writer.stop();
}

#[tokio::test]
async fn a_panic_while_naming_needs_fails_that_command_alone() {
    let place = Place::new();
    let (writer, _) = furnished(&place).await;
    let careless = |panics: bool| {
        act(
            move |reads| {
                reads.row::<Quota>(1);
                assert!(!panics, "which row was it?");
            },
            |work, _| {
                work.edit::<Quota>(1).unwrap().taken += 1;
                Ok(())
            },
        )
    };
    let outcomes = in_one_batch(&writer, [careless(false), careless(true), careless(false)]).await;
    let [Ok(()), Err(Failure::Internal(why)), Ok(())] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!(why, "which row was it?");
    assert_eq!(all::<Quota>(&writer).await[0].taken, 3);
    writer.stop();
}

#[tokio::test]
async fn a_hint_is_given_even_when_no_row_was_changed() {
    let place = Place::new();
    let (writer, nudges) = furnished(&place).await;
    run(
        &writer,
        act(
            |_| (),
            |work, _| {
                work.signal("look", Uuid::from_u128(1));
                Ok(())
            },
        ),
    )
    .await
    .unwrap();
    eventually("the hint", async || nudges.lock().len() == 1).await;
    writer.stop();
}

#[tokio::test]
async fn an_appended_row_is_never_changed() {
    let place = Place::new();
    let (writer, _) = furnished(&place).await;
    run(&writer, tell(1..=1, 1, "hello")).await.unwrap();
    run(&writer, write_down(Said { n: 5, key: Uuid::nil(), wish: "fine".into() })).await.unwrap();
    let rewrite = || {
        act(
            |reads| {
                reads.row::<Note>(1);
            },
            |work, _| {
                work.edit::<Note>(1).unwrap().n = 6;
                Ok(())
            },
        )
    };
    let outcome = run(&writer, rewrite()).await;
    assert!(matches!(&outcome, Err(Failure::Internal(why)) if why.contains("notes")), "{outcome:?}");
    assert_eq!(noted(&writer).await, [5]);
    writer.stop();
}
