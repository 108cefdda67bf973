//! What the database itself refuses fails the guilty one alone.

use boxoffice_writer::{Command, Failure};

use crate::setting::*;

/// Adds a hold without having looked whether there is one: the database has to refuse it.
fn blindly(id: i64, code: &str) -> impl Command<Answer = (), Refusal = No> + use<> {
    let code = code.to_owned();
    act(
        |_| (),
        move |work, context| {
            work.insert(Hold { id, quota: 1, code: code.clone(), version: 0 });
            work.publish(&Said { n: id, key: uuid::Uuid::nil(), wish: code.clone() }, context);
            Ok(())
        },
    )
}

/// Takes more than there is without having looked.
fn overdraw(n: i64) -> impl Command<Answer = (), Refusal = No> {
    act(
        |reads| {
            reads.row::<Quota>(1);
        },
        move |work, context| {
            work.edit::<Quota>(1).unwrap().taken += n;
            work.publish(&Said { n, key: uuid::Uuid::nil(), wish: String::new() }, context);
            Ok(())
        },
    )
}

#[tokio::test]
async fn a_unique_row_that_was_added_blindly_fails_alone() {
    let place = Place::new();
    let writer = place.writer();
    run(&writer, open_quota(1, 9)).await.unwrap();
    run(&writer, blindly(1, "one")).await.unwrap();
    let tries = [(2, "two"), (1, "key exists"), (3, "three"), (4, "one"), (5, "five"), (6, "five")];
    let outcomes = in_one_batch(&writer, tries.map(|(id, code)| blindly(id, code))).await;
    let kept: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(kept, [true, false, true, false, true, false]);
    let blamed = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(blamed.into_iter().all(|failure| matches!(failure, Failure::Internal(why) if why.contains("UNIQUE"))));
    assert_eq!(said(&writer).await, [1, 2, 3, 5]);
    assert_eq!(all::<Hold>(&writer).await.iter().map(|hold| hold.id).collect::<Vec<_>>(), [1, 2, 3, 5]);
    writer.stop();
}

#[tokio::test]
async fn a_check_that_is_violated_fails_the_guilty_one_alone() {
    let place = Place::new();
    let writer = place.writer();
    run(&writer, open_quota(1, 10)).await.unwrap();
    let outcomes = in_one_batch(&writer, [4, 7, 5, 2, 1].map(overdraw)).await;
    let kept: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(kept, [true, false, true, false, true]);
    let quota = all::<Quota>(&writer).await.remove(0);
    assert_eq!((quota.taken, quota.version), (10, 4));
    assert_eq!(said(&writer).await, [4, 5, 1]);
    writer.stop();
}

#[tokio::test]
async fn finding_one_guilty_member_takes_few_transactions() {
    let place = Place::new();
    let writer = place.writer();
    run(&writer, open_quota(1, 1000)).await.unwrap();
    run(&writer, blindly(0, "taken")).await.unwrap();
    let before = head(&writer).await.version;
    let code = |n| if n == 77 { "taken".to_owned() } else { format!("code {n}") };
    let outcomes = in_one_batch(&writer, (1..=256).map(|n| blindly(n, &code(n)))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_err()).count(), 1);
    assert!(outcomes[76].is_err());
    assert_eq!(said(&writer).await.len(), 256);
    let batches = head(&writer).await.version - before;
    assert!(batches <= 8, "{batches} batches were kept: the guilty one is looked for by halves");
    writer.stop();
}
