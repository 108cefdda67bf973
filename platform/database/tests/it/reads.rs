//! Reads see only committed data, all of one snapshot.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use boxoffice_database::{Error, Query, to_value};
use uuid::Uuid;

use crate::harness::*;

#[tokio::test]
async fn rows_are_read_by_key_and_by_condition() {
    let file = TestDatabase::new();
    let database = file.open();
    let rows = [sample(1), without_options(2), sample(3)];
    commit(database.session().unwrap().as_mut(), &rows.each_ref().map(insert)).unwrap();
    assert_eq!(database.get::<Sample>((Uuid::from_u128(7), 2)).await.unwrap(), Some(without_options(2)));
    assert_eq!(database.get::<Sample>((Uuid::from_u128(8), 2)).await.unwrap(), None);
    let args = vec![to_value(&true), to_value(&1)];
    let found = database.select::<Sample>("WHERE truth = ? ORDER BY number DESC LIMIT ?", args).await.unwrap();
    assert_eq!(found, [sample(3)]);
    let sums = vec![Query::sql("SELECT SUM(small) FROM samples", Vec::new()), Query::rows::<Line>("", Vec::new())];
    let found = database.fetch(sums).await.unwrap();
    assert_eq!((numbers(&found[0]), found[1].len()), (vec![2000], 0));
}

#[tokio::test]
async fn two_tables_are_read_from_one_snapshot_during_commits() {
    let file = TestDatabase::new();
    let database = file.open();
    let mut session = database.session().unwrap();
    let mut row = sample(0);
    commit(session.as_mut(), &[insert(&row)]).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let writing = thread::spawn({
        let done = done.clone();
        move || {
            // The version of the sample is the number of lines plus one.
            while !done.load(Ordering::Relaxed) {
                let added = insert(&line(row.version, "line"));
                row.version += 1;
                commit(session.as_mut(), &[update(&row, row.version - 1), added]).unwrap();
            }
            row.version
        }
    });
    let (mut seen, mut reads) = (0, 0);
    while seen < 200 {
        let read = database.select_two::<Sample, Line>(("", Vec::new()), ("", Vec::new()));
        let (samples, lines) = read.await.unwrap();
        let version = samples[0].version;
        assert_eq!(usize::try_from(version).unwrap(), 1 + lines.len());
        assert!(version >= seen, "a later read sees no older data");
        (seen, reads) = (version, reads + 1);
    }
    done.store(true, Ordering::Relaxed);
    assert!(writing.join().unwrap() >= seen);
    assert!(reads > 1);
}

#[tokio::test]
async fn a_snapshot_never_changes_and_a_later_one_has_the_latest_commit() {
    let file = TestDatabase::new();
    let database = file.open();
    let mut session = database.session().unwrap();
    commit(session.as_mut(), &[insert(&line(1, "one"))]).unwrap();
    let before = database.snapshot().unwrap();
    commit(session.as_mut(), &[insert(&line(2, "two"))]).unwrap();
    let after = database.snapshot().unwrap();
    commit(session.as_mut(), &[delete(&line(1, "one"), None)]).unwrap();
    assert_eq!(before.select::<Line>("ORDER BY number", Vec::new()).unwrap(), [line(1, "one")]);
    assert_eq!(after.select::<Line>("ORDER BY number", Vec::new()).unwrap(), [line(1, "one"), line(2, "two")]);
    let count = Query::sql("SELECT COUNT(*) FROM lines", Vec::new());
    assert_eq!(numbers(&before.fetch(&count).unwrap()), [1]);
    assert_eq!(database.select::<Line>("", Vec::new()).await.unwrap(), [line(2, "two")]);
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let file = TestDatabase::new();
    let database = file.open();
    let write = Query::sql("DELETE FROM lines", Vec::new());
    assert!(matches!(database.fetch(vec![write.clone()]).await, Err(Error::Engine(_))));
    assert!(database.snapshot().unwrap().fetch(&write).is_err());
}

#[tokio::test]
async fn an_invalid_query_is_refused_with_the_reason() {
    let file = TestDatabase::new();
    let Err(Error::Engine(why)) = file.open().select::<Line>("WHERE nothing = 1", Vec::new()).await else {
        panic!("the query was accepted")
    };
    assert!(why.contains("nothing"), "{why}");
}
