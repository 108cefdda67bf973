//! A command that refuses or panics leaves nothing behind and affects no other command.

use std::sync::Arc;

use boxoffice_writer::{Failure, Signal};
use parking_lot::Mutex;
use uuid::Uuid;

use crate::harness::*;

/// Makes every kind of change, then ends as `end` does.
fn change_everything(
    ending: fn() -> Result<(), Refusal>,
) -> impl boxoffice_writer::Command<Answer = (), Refusal = Refusal> {
    command_of(
        |reads| {
            reads.row::<Quota>(1);
            reads.row::<Hold>(10);
            reads.row::<Hold>(11);
            reads.counter("changes");
        },
        move |work, context| {
            work.edit::<Quota>(1).unwrap().taken += 5;
            work.delete::<Hold>(10).unwrap();
            work.insert(Hold { id: 11, quota: 1, code: "changed".into(), version: 0 });
            work.insert(Note { number: 1, n: 1, text: "changed".into() });
            work.next_number("changes");
            work.publish(&TestEvent { n: 666, key: Uuid::from_u128(1), behavior: "changed".into() }, context);
            work.signal("changed", Uuid::from_u128(6));
            ending()
        },
    )
}

async fn prepared(folder: &TestFolder) -> (boxoffice_writer::Writer, Arc<Mutex<Vec<Signal>>>) {
    let writer = folder.writer();
    let signals = Arc::new(Mutex::new(Vec::new()));
    writer.on_signal({
        let signals = signals.clone();
        move |signal| signals.lock().push(signal)
    });
    run(&writer, create_quota(1, 100)).await.unwrap();
    run(&writer, create_hold(1, 10, "first")).await.unwrap();
    (writer, signals)
}

#[tokio::test]
async fn a_refusal_undoes_all_changes() {
    let folder = TestFolder::new();
    let (writer, signals) = prepared(&folder).await;
    let before = (all::<Quota>(&writer).await, all::<Hold>(&writer).await, head(&writer).await);
    let refused = run(&writer, change_everything(|| Err(Refusal::Declined))).await;
    assert!(matches!(refused, Err(Failure::Refused(Refusal::Declined))), "{refused:?}");
    assert_eq!((all::<Quota>(&writer).await, all::<Hold>(&writer).await, head(&writer).await), before);
    assert!(recorded(&writer).await.is_empty());
    assert_eq!(published(&writer).await, [10]);
    writer.stop();
    assert!(signals.lock().is_empty());
}

#[tokio::test]
async fn a_panic_fails_one_command_and_the_rest_of_its_batch_commits() {
    let folder = TestFolder::new();
    let (writer, signals) = prepared(&folder).await;
    let ends: [fn() -> Result<(), Refusal>; 3] = [|| Err(Refusal::Declined), || panic!("scripted panic"), || Ok(())];
    let outcomes = run_in_one_batch(&writer, ends.map(change_everything)).await;
    let [Err(Failure::Refused(Refusal::Declined)), Err(Failure::Internal(why)), Ok(())] = outcomes.as_slice() else {
        panic!("{outcomes:?}")
    };
    assert_eq!(why, "scripted panic");
    let quota = all::<Quota>(&writer).await.remove(0);
    assert_eq!((quota.taken, quota.version), (6, 3));
    assert_eq!(published(&writer).await, [10, 666]);
    assert_eq!(all::<Hold>(&writer).await.iter().map(|hold| hold.id).collect::<Vec<_>>(), [11]);
    writer.stop();
    assert_eq!(*signals.lock(), [Signal { name: "changed", id: Uuid::from_u128(6) }]);
}

#[tokio::test]
async fn a_row_outside_the_read_set_fails_one_command() {
    let folder = TestFolder::new();
    let (writer, _) = prepared(&folder).await;
    let edit_quota = |named: bool| {
        command_of(
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
    let alone = run(&writer, edit_quota(false)).await;
    assert!(matches!(&alone, Err(Failure::Internal(why)) if why.contains("quotas")), "{alone:?}");
    let search = run(&writer, command_of(|_| (), |work, _| Ok(work.find::<Hold>(&["quota"], &1).len()))).await;
    assert!(matches!(&search, Err(Failure::Internal(why)) if why.contains("holds by quota")), "{search:?}");
    assert!(run(&writer, edit_quota(true)).await.is_ok());
    assert_eq!(all::<Quota>(&writer).await[0].taken, 2);
    writer.stop();
}

#[tokio::test]
async fn a_panic_in_a_read_set_fails_one_command() {
    let folder = TestFolder::new();
    let (writer, _) = prepared(&folder).await;
    let edit_quota = |panics: bool| {
        command_of(
            move |reads| {
                reads.row::<Quota>(1);
                assert!(!panics, "panic in read_set");
            },
            |work, _| {
                work.edit::<Quota>(1).unwrap().taken += 1;
                Ok(())
            },
        )
    };
    let outcomes = run_in_one_batch(&writer, [edit_quota(false), edit_quota(true), edit_quota(false)]).await;
    let [Ok(()), Err(Failure::Internal(why)), Ok(())] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!(why, "panic in read_set");
    assert_eq!(all::<Quota>(&writer).await[0].taken, 3);
    writer.stop();
}

#[tokio::test]
async fn a_signal_is_sent_without_a_change() {
    let folder = TestFolder::new();
    let (writer, signals) = prepared(&folder).await;
    run(
        &writer,
        command_of(
            |_| (),
            |work, _| {
                work.signal("wake", Uuid::from_u128(1));
                Ok(())
            },
        ),
    )
    .await
    .unwrap();
    eventually("the signal", async || signals.lock().len() == 1).await;
    writer.stop();
}

#[tokio::test]
async fn a_row_without_a_version_cannot_be_changed() {
    let folder = TestFolder::new();
    let (writer, _) = prepared(&folder).await;
    run(&writer, publish_events(1..=1, 1, "hello")).await.unwrap();
    run(&writer, record(TestEvent { n: 5, key: Uuid::nil(), behavior: "succeed".into() })).await.unwrap();
    let rewrite = || {
        command_of(
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
    assert_eq!(recorded(&writer).await, [5]);
    writer.stop();
}
