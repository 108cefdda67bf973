//! The commands of one batch behave as if they ran one after the other.

use boxoffice_writer::Failure;

use crate::harness::*;

#[tokio::test]
async fn a_member_sees_the_changes_of_earlier_members_of_its_batch() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    run(&writer, create_quota(1, 2)).await.unwrap();
    let before = head(&writer).await.version;
    let outcomes = run_in_one_batch(&writer, (1..=3).map(|n| create_hold(1, n, &format!("code {n}")))).await;
    let [Ok(1), Ok(0), Err(Failure::Refused(Refusal::SoldOut))] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!(head(&writer).await.version, before + 1, "they were one batch");
    assert_eq!(published(&writer).await, [1, 2]);
    writer.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_concurrent_commands_never_oversell_a_quota() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    run(&writer, create_quota(1, 100)).await.unwrap();
    let buyers: Vec<_> = (0..1000)
        .map(|n| {
            let writer = writer.clone();
            tokio::spawn(async move { run(&writer, create_hold(1, n, &n.to_string())).await })
        })
        .collect();
    let (mut taken, mut refused) = (0, 0);
    for buyer in buyers {
        match buyer.await.unwrap() {
            Ok(_) => taken += 1,
            Err(Failure::Refused(Refusal::SoldOut)) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((taken, refused), (100, 900));
    assert_eq!(all::<Hold>(&writer).await.len(), 100);
    assert_eq!(published(&writer).await.len(), 100);
    let quota = all::<Quota>(&writer).await.remove(0);
    assert_eq!((quota.taken, quota.version), (100, 101));
    writer.stop();
}

#[tokio::test]
async fn every_member_that_changes_a_row_adds_one_to_its_version() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    let touch = |times: i64| {
        command_of(
            |reads| {
                reads.row::<Quota>(1);
            },
            move |work, _| {
                for _ in 0..times {
                    let quota = work.edit::<Quota>(1).ok_or(Refusal::TooEarly)?;
                    quota.capacity += 1;
                }
                Ok(work.get::<Quota>(1).map(|quota| quota.version))
            },
        )
    };
    run(&writer, create_quota(1, 0)).await.unwrap();
    let mut versions = Vec::new();
    for outcome in run_in_one_batch(&writer, [1, 3, 0, 2].map(touch)).await {
        versions.push(outcome.unwrap().unwrap());
    }
    for times in [0, 5] {
        versions.push(run(&writer, touch(times)).await.unwrap().unwrap());
    }
    assert_eq!(versions, [2, 3, 3, 4, 4, 5]);
    let quota = all::<Quota>(&writer).await.remove(0);
    assert_eq!((quota.version, quota.capacity), (5, 11));
    writer.stop();
}

#[tokio::test]
async fn a_lookup_by_column_includes_rows_of_earlier_members_and_excludes_deleted_ones() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    run(&writer, create_quota(1, 9)).await.unwrap();
    run(&writer, create_quota(2, 9)).await.unwrap();
    run(&writer, create_hold(1, 5, "five")).await.unwrap();
    let look = |then: fn(&mut boxoffice_writer::UnitOfWork)| {
        command_of(
            |reads| {
                reads.find::<Hold>(&["quota"], &1);
                (1..=9).for_each(|id| {
                    reads.row::<Hold>(id);
                });
            },
            move |work, _| {
                let ids: Vec<i64> = work.find::<Hold>(&["quota"], &1).iter().map(|hold| hold.id).collect();
                then(work);
                Ok(ids)
            },
        )
    };
    let steps: [fn(&mut boxoffice_writer::UnitOfWork); 6] = [
        |work| work.insert(Hold { id: 7, quota: 1, code: "seven".into(), version: 0 }),
        |work| work.insert(Hold { id: 3, quota: 2, code: "three".into(), version: 0 }),
        |work| work.edit::<Hold>(3).unwrap().quota = 1,
        |work| drop(work.delete::<Hold>(5)),
        |work| work.edit::<Hold>(7).unwrap().quota = 2,
        |_| (),
    ];
    let found: Vec<_> = run_in_one_batch(&writer, steps.map(look)).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(found, [vec![5], vec![5, 7], vec![5, 7], vec![5, 7, 3], vec![7, 3], vec![3]]);
    let again = run(&writer, look(|_| ())).await.unwrap();
    assert_eq!(again, [3]);
    writer.stop();
}

#[tokio::test]
async fn a_read_set_follows_references_from_row_to_row() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    run(&writer, create_quota(4, 1)).await.unwrap();
    run(&writer, create_hold(4, 40, "forty")).await.unwrap();
    let through = command_of(
        |reads| {
            if let Some(hold) = reads.row::<Hold>(40) {
                reads.row::<Quota>(hold.quota);
            }
        },
        |work, _| {
            let quota = work.get::<Hold>(40).unwrap().quota;
            Ok(work.get::<Quota>(quota).unwrap().taken)
        },
    );
    assert_eq!(run(&writer, through).await.unwrap(), 1);
    writer.stop();
}

#[tokio::test]
async fn foreign_keys_are_checked_at_commit() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    let both = command_of(
        |reads| {
            reads.row::<Hold>(1);
            reads.row::<Quota>(1);
        },
        |work, _| {
            work.insert(Hold { id: 1, quota: 1, code: "one".into(), version: 0 });
            work.insert(Quota { id: 1, capacity: 1, taken: 1, version: 0 });
            Ok(())
        },
    );
    run(&writer, both).await.unwrap();
    let stray = command_of(
        |reads| {
            reads.row::<Hold>(2);
        },
        |work, _| {
            work.insert(Hold { id: 2, quota: 99, code: "two".into(), version: 0 });
            Ok(())
        },
    );
    assert!(matches!(run(&writer, stray).await, Err(Failure::Internal(_))));
    assert_eq!(all::<Hold>(&writer).await.len(), 1);
    writer.stop();
}

#[tokio::test]
async fn a_row_is_deleted_and_inserted_again_in_one_batch() {
    let folder = TestFolder::new();
    let writer = folder.writer();
    run(&writer, record(TestEvent { n: 1, key: uuid::Uuid::nil(), behavior: "before".into() })).await.unwrap();
    run(&writer, create_quota(1, 5)).await.unwrap();
    let replace_rows = |text: &'static str| {
        command_of(
            |reads| {
                reads.row::<Note>(1);
                reads.row::<Quota>(1);
            },
            move |work, _| {
                work.delete::<Note>(1).unwrap();
                work.insert(Note { number: 1, n: 2, text: text.into() });
                work.edit::<Quota>(1).unwrap().capacity = 6;
                work.delete::<Quota>(1).unwrap();
                work.insert(Quota { id: 1, capacity: 7, taken: 0, version: 0 });
                Ok(())
            },
        )
    };
    run(&writer, replace_rows("alone")).await.unwrap();
    assert_eq!(all::<Quota>(&writer).await[0].version, 1);
    for outcome in run_in_one_batch(&writer, [replace_rows("first"), replace_rows("second")]).await {
        outcome.unwrap();
    }
    assert_eq!(all::<Quota>(&writer).await[0], Quota { id: 1, capacity: 7, taken: 0, version: 1 });
    assert_eq!(all::<Note>(&writer).await, [Note { number: 1, n: 2, text: "second".into() }]);
    writer.stop();
}
