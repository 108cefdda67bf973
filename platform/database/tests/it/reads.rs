//! Reads see what is committed, all of it from one moment.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use boxoffice_database::{Error, Query, to_value};
use uuid::Uuid;

use crate::setting::*;

#[tokio::test]
async fn rows_are_got_by_key_and_selected_by_condition() {
    let file = File::new();
    let database = file.open();
    let rows = [sample(1), bare(2), sample(3)];
    commit(database.session().unwrap().as_mut(), &rows.each_ref().map(insert)).unwrap();
    assert_eq!(database.get::<Sample>((Uuid::from_u128(7), 2)).await.unwrap(), Some(bare(2)));
    assert_eq!(database.get::<Sample>((Uuid::from_u128(8), 2)).await.unwrap(), None);
    let args = vec![to_value(&true), to_value(&1)];
    let found = database.select::<Sample>("WHERE truth = ? ORDER BY number DESC LIMIT ?", args).await.unwrap();
    assert_eq!(found, [sample(3)]);
    let sums = vec![Query::sql("SELECT SUM(small) FROM samples", Vec::new()), Query::rows::<Line>("", Vec::new())];
    let found = database.fetch(sums).await.unwrap();
    assert_eq!((numbers(&found[0]), found[1].len()), (vec![2000], 0));
}

#[tokio::test]
async fn two_kinds_of_rows_come_from_one_snapshot_while_a_writer_commits() {
    let file = File::new();
    let database = file.open();
    let mut session = database.session().unwrap();
    let mut row = sample(0);
    commit(session.as_mut(), &[insert(&row)]).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let writing = thread::spawn({
        let done = done.clone();
        move || {
            // The version of the sample counts the lines and one more.
            while !done.load(Ordering::Relaxed) {
                let added = insert(&line(row.version, "line"));
                row.version += 1;
                commit(session.as_mut(), &[update(&row, row.version - 1), added]).unwrap();
            }
            row.version
        }
    });
    let (mut seen, mut looked) = (0, 0);
    while seen < 200 {
        let read = database.select_two::<Sample, Line>(("", Vec::new()), ("", Vec::new()));
        let (samples, lines) = read.await.unwrap();
        let version = samples[0].version;
        assert_eq!(usize::try_from(version).unwrap(), 1 + lines.len());
        assert!(version >= seen, "what was seen once stays");
        (seen, looked) = (version, looked + 1);
    }
    done.store(true, Ordering::Relaxed);
    assert!(writing.join().unwrap() >= seen);
    assert!(looked > 1);
}

#[tokio::test]
async fn a_snapshot_stands_still_and_one_taken_later_does_not_lag() {
    let file = File::new();
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
    let file = File::new();
    let database = file.open();
    let write = Query::sql("DELETE FROM lines", Vec::new());
    assert!(matches!(database.fetch(vec![write.clone()]).await, Err(Error::Engine(_))));
    assert!(database.snapshot().unwrap().fetch(&write).is_err());
}

#[tokio::test]
async fn a_read_that_cannot_be_says_why() {
    let file = File::new();
    let Err(Error::Engine(why)) = file.open().select::<Line>("WHERE nothing = 1", Vec::new()).await else {
        panic!("it was read")
    };
    assert!(why.contains("nothing"), "{why}");
}
