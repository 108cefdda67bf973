//! A constraint violation fails the faulty member alone.

use boxoffice_writer::{Command, Failure};

use crate::harness::*;

/// Adds a hold without reading it first: the database must refuse a duplicate.
fn insert_unread(id: i64, code: &str) -> impl Command<Answer = (), Refusal = Refusal> + use<> {
    let code = code.to_owned();
    command_of(
        |_| (),
        move |work, context| {
            work.insert(Hold { id, quota: 1, code: code.clone(), version: 0 });
            work.publish(&TestEvent { n: id, key: uuid::Uuid::nil(), behavior: code.clone() }, context);
            Ok(())
        },
    )
}

/// Takes `n` seats without a check of the capacity: the database must refuse it.
fn oversell(n: i64) -> impl Command<Answer = (), Refusal = Refusal> {
    command_of(
        |reads| {
            reads.row::<Quota>(1);
        },
        move |work, context| {
            work.edit::<Quota>(1).unwrap().taken += n;
            work.publish(&TestEvent { n, key: uuid::Uuid::nil(), behavior: String::new() }, context);
            Ok(())
        },
    )
}

#[tokio::test]
async fn a_unique_violation_fails_one_member() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    run(&writer, create_quota(1, 9)).await.unwrap();
    run(&writer, insert_unread(1, "one")).await.unwrap();
    let tries = [(2, "two"), (1, "key exists"), (3, "three"), (4, "one"), (5, "five"), (6, "five")];
    let outcomes = run_in_one_batch(&writer, tries.map(|(id, code)| insert_unread(id, code))).await;
    let kept: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(kept, [true, false, true, false, true, false]);
    let blamed = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(blamed.into_iter().all(|failure| matches!(failure, Failure::Internal(why) if why.contains("UNIQUE"))));
    assert_eq!(published(&writer).await, [1, 2, 3, 5]);
    assert_eq!(all::<Hold>(&writer).await.iter().map(|hold| hold.id).collect::<Vec<_>>(), [1, 2, 3, 5]);
    writer.stop();
}

#[tokio::test]
async fn a_check_violation_fails_one_member() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    run(&writer, create_quota(1, 10)).await.unwrap();
    let outcomes = run_in_one_batch(&writer, [4, 7, 5, 2, 1].map(oversell)).await;
    let kept: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(kept, [true, false, true, false, true]);
    let quota = all::<Quota>(&writer).await.remove(0);
    assert_eq!((quota.taken, quota.version), (10, 4));
    assert_eq!(published(&writer).await, [4, 5, 1]);
    writer.stop();
}

#[tokio::test]
async fn isolating_a_faulty_member_takes_few_transactions() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    run(&writer, create_quota(1, 1000)).await.unwrap();
    run(&writer, insert_unread(0, "taken")).await.unwrap();
    let before = head(&writer).await.version;
    let code = |n| if n == 77 { "taken".to_owned() } else { format!("code {n}") };
    let outcomes = run_in_one_batch(&writer, (1..=256).map(|n| insert_unread(n, &code(n)))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_err()).count(), 1);
    assert!(outcomes[76].is_err());
    assert_eq!(published(&writer).await.len(), 256);
    let batches = head(&writer).await.version - before;
    assert!(batches <= 8, "{batches} commits: the writer halves a failed batch");
    writer.stop();
}
