//! One batch is as many commands one after the other.

use boxoffice_writer::Failure;

use crate::setting::*;

#[tokio::test]
async fn the_second_member_of_a_batch_sees_what_the_first_one_took() {
    let place = Place::new();
    let writer = place.writer();
    run(&writer, open_quota(1, 2)).await.unwrap();
    let before = head(&writer).await.version;
    let outcomes = in_one_batch(&writer, (1..=3).map(|n| take(1, n, &format!("code {n}")))).await;
    let [Ok(1), Ok(0), Err(Failure::Refused(No::SoldOut))] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!(head(&writer).await.version, before + 1, "they were one batch");
    assert_eq!(said(&writer).await, [1, 2]);
    writer.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_buyers_of_a_hundred_places_take_exactly_those() {
    let place = Place::new();
    let writer = place.writer();
    run(&writer, open_quota(1, 100)).await.unwrap();
    let buyers: Vec<_> = (0..1000)
        .map(|n| {
            let writer = writer.clone();
            tokio::spawn(async move { run(&writer, take(1, n, &n.to_string())).await })
        })
        .collect();
    let (mut taken, mut refused) = (0, 0);
    for buyer in buyers {
        match buyer.await.unwrap() {
            Ok(_) => taken += 1,
            Err(Failure::Refused(No::SoldOut)) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((taken, refused), (100, 900));
    assert_eq!(all::<Hold>(&writer).await.len(), 100);
    assert_eq!(said(&writer).await.len(), 100);
    let quota = all::<Quota>(&writer).await.remove(0);
    assert_eq!((quota.taken, quota.version), (100, 101));
    writer.stop();
}

#[tokio::test]
async fn a_version_counts_every_member_that_changes_the_row_in_one_batch_and_in_several() {
    let place = Place::new();
    let writer = place.writer();
    let touch = |times: i64| {
        act(
            |reads| {
                reads.row::<Quota>(1);
            },
            move |work, _| {
                for _ in 0..times {
                    let quota = work.edit::<Quota>(1).ok_or(No::TooEarly)?;
                    quota.capacity += 1;
                }
                Ok(work.get::<Quota>(1).map(|quota| quota.version))
            },
        )
    };
    run(&writer, open_quota(1, 0)).await.unwrap();
    let mut versions = Vec::new();
    for outcome in in_one_batch(&writer, [1, 3, 0, 2].map(touch)).await {
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
async fn rows_found_by_a_column_include_those_added_earlier_in_the_batch_and_not_those_gone() {
    let place = Place::new();
    let writer = place.writer();
    run(&writer, open_quota(1, 9)).await.unwrap();
    run(&writer, open_quota(2, 9)).await.unwrap();
    run(&writer, take(1, 5, "five")).await.unwrap();
    let look = |then: fn(&mut boxoffice_writer::UnitOfWork)| {
        act(
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
    let found: Vec<_> = in_one_batch(&writer, steps.map(look)).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(found, [vec![5], vec![5, 7], vec![5, 7], vec![5, 7, 3], vec![7, 3], vec![3]]);
    let again = run(&writer, look(|_| ())).await.unwrap();
    assert_eq!(again, [3]);
    writer.stop();
}

#[tokio::test]
async fn one_row_leads_to_the_next_while_needs_are_named() {
    let place = Place::new();
    let writer = place.writer();
    run(&writer, open_quota(4, 1)).await.unwrap();
    run(&writer, take(4, 40, "forty")).await.unwrap();
    let through = act(
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
async fn rows_that_refer_to_each_other_may_be_written_in_any_order() {
    let place = Place::new();
    let writer = place.writer();
    let both = act(
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
    let stray = act(
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
async fn a_row_is_taken_away_and_put_back_in_one_batch_as_in_several() {
    let place = Place::new();
    let writer = place.writer();
    run(&writer, write_down(Said { n: 1, key: uuid::Uuid::nil(), wish: "before".into() })).await.unwrap();
    run(&writer, open_quota(1, 5)).await.unwrap();
    let renew = |text: &'static str| {
        act(
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
    run(&writer, renew("alone")).await.unwrap();
    assert_eq!(all::<Quota>(&writer).await[0].version, 1);
    for outcome in in_one_batch(&writer, [renew("first"), renew("second")]).await {
        outcome.unwrap();
    }
    assert_eq!(all::<Quota>(&writer).await[0], Quota { id: 1, capacity: 7, taken: 0, version: 1 });
    assert_eq!(all::<Note>(&writer).await, [Note { number: 1, n: 2, text: "second".into() }]);
    writer.stop();
}
