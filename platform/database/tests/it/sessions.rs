//! Sessions: a batch commits as a whole or not at all.

use boxoffice_database::{Error, Lookup, Row, Value, to_value};
use uuid::Uuid;

use crate::harness::*;

#[tokio::test]
async fn rows_are_loaded_lookup_by_lookup() {
    let file = TestDatabase::new();
    let database = file.open();
    let mut session = database.session().unwrap();
    commit(session.as_mut(), &[insert(&sample(1)), insert(&without_options(2)), insert(&line(5, "five"))]).unwrap();
    session.begin().unwrap();
    let by_truth = Lookup { table: Sample::TABLE, columns: &["truth"], values: vec![to_value(&false)] };
    let lookups = [
        by_key::<Sample>(&(Uuid::from_u128(7), 1)),
        by_key::<Line>(&5),
        by_key::<Sample>(&(Uuid::from_u128(7), 9)),
        by_truth,
        by_key::<Line>(&6),
        Lookup { table: Sample::TABLE, columns: &["id"], values: vec![to_value(&Uuid::from_u128(7))] },
    ];
    let found = session.load(&lookups).unwrap();
    session.rollback();
    let read = |records: &[Vec<Value>]| {
        records.iter().map(|record| Sample::from_values(record.clone()).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 0, 1, 0, 2]);
    assert_eq!(read(&found[0]), [sample(1)]);
    assert_eq!(Line::from_values(found[1][0].clone()).unwrap(), line(5, "five"));
    assert_eq!(read(&found[3]), [without_options(2)]);
    assert_eq!(read(&found[5]), [sample(1), without_options(2)]);
}

#[tokio::test]
async fn changes_are_applied_in_order() {
    let file = TestDatabase::new();
    let database = file.open();
    let mut session = database.session().unwrap();
    let mut row = sample(1);
    commit(session.as_mut(), &[insert(&row), insert(&without_options(2)), insert(&line(1, "one"))]).unwrap();
    row.text = "changed".into();
    row.version = 4;
    let changes = [
        update(&row, 1),
        delete(&without_options(2), Some(1)),
        insert(&sample(2)),
        delete(&line(1, "one"), None),
        insert(&line(1, "again")),
    ];
    commit(session.as_mut(), &changes).unwrap();
    let rows = database.select_two::<Sample, Line>(("ORDER BY number", Vec::new()), ("", Vec::new())).await.unwrap();
    assert_eq!(rows, (vec![row, sample(2)], vec![line(1, "again")]));
}

#[tokio::test]
async fn a_stale_version_refuses_the_whole_commit() {
    let file = TestDatabase::new();
    let database = file.open();
    let mut session = database.session().unwrap();
    let row = Sample { version: 3, ..sample(1) };
    commit(session.as_mut(), &[insert(&row), insert(&line(1, "one"))]).unwrap();
    let later = Sample { version: 4, text: "later".into(), ..row.clone() };
    let stale = [
        ("samples", update(&later, 2)),
        ("samples", update(&Sample { number: 9, ..later.clone() }, 3)),
        ("samples", delete(&row, Some(4))),
        ("lines", delete(&line(2, "unknown"), None)),
    ];
    for (named, change) in stale {
        let refused = commit(session.as_mut(), &[insert(&line(3, "same batch")), change]);
        assert!(matches!(refused, Err(Error::Stale { table }) if table == named), "{refused:?}");
    }
    let (rows, lines) = database.select_two::<Sample, Line>(("", Vec::new()), ("", Vec::new())).await.unwrap();
    assert_eq!((rows, lines), (vec![row], vec![line(1, "one")]));
    commit(session.as_mut(), &[update(&later, 3)]).unwrap();
}

#[tokio::test]
async fn a_constraint_violation_refuses_the_whole_commit() {
    let file = TestDatabase::new();
    let database = file.open();
    let mut session = database.session().unwrap();
    commit(session.as_mut(), &[insert(&line(1, "one"))]).unwrap();
    let too_much = Sample { small: 1001, ..sample(1) };
    for change in [insert(&line(1, "twice")), insert(&too_much)] {
        let refused = commit(session.as_mut(), &[insert(&line(2, "same batch")), change]);
        assert!(matches!(refused, Err(Error::Constraint(_))), "{refused:?}");
    }
    assert_eq!(database.select::<Line>("", Vec::new()).await.unwrap(), [line(1, "one")]);
}

#[test]
fn a_second_session_waits_for_the_first_one() {
    let file = TestDatabase::new();
    let database = file.open();
    let (mut first, mut second) = (database.session().unwrap(), database.session().unwrap());
    first.begin().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            second.begin().unwrap();
            let found = second.load(&[by_key::<Line>(&1)]).unwrap();
            second.rollback();
            found[0].len()
        });
        first.commit(&[insert(&line(1, "one"))]).unwrap();
        assert_eq!(waiting.join().unwrap(), 1, "it reads the row of the first session");
    });
}

#[test]
fn a_rollback_without_a_transaction_does_nothing() {
    let file = TestDatabase::new();
    let database = file.open();
    let mut session = database.session().unwrap();
    session.rollback();
    commit(session.as_mut(), &[insert(&line(1, "one"))]).unwrap();
    session.rollback();
}
