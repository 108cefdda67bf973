//! One moment of a database: what is seen of it, how it is copied, and what is told of its insides.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    thread,
};

use boxoffice_database::{Error, Snapshot, TableSize};

use crate::setting::*;

/// Lines of a thousand characters, so that there are pages to copy.
fn fat(number: i64) -> Line {
    line(number, &"x".repeat(1000))
}

fn lines(snapshot: &Snapshot) -> Vec<i64> {
    snapshot.select::<Line>("ORDER BY number", Vec::new()).unwrap().into_iter().map(|line| line.number).collect()
}

fn beside(file: &File, name: &str) -> PathBuf {
    file.path().with_file_name(name)
}

#[test]
fn a_copy_is_the_snapshot_however_much_is_written_meanwhile() {
    const BEFORE: i64 = 9000;
    let file = File::new();
    let database = file.open();
    let mut session = database.session().unwrap();
    commit(session.as_mut(), &(1..=BEFORE).map(|n| insert(&fat(n))).collect::<Vec<_>>()).unwrap();
    let snapshot = Snapshot::of_file(&file.path()).unwrap();
    let (over, written) = (AtomicBool::new(false), AtomicI64::new(0));
    let copy = beside(&file, "copy");
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in BEFORE + 1.. {
                commit(session.as_mut(), &[insert(&fat(n)), delete(&fat(n - BEFORE), None)]).unwrap();
                written.fetch_add(1, Ordering::SeqCst);
                if over.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        let (mut steps, mut bytes) = (0, 0);
        let copied = snapshot.copy_to(&copy, &mut |more| {
            (steps, bytes) = (steps + 1, bytes + more);
            // Something is written between any two steps.
            let seen = written.load(Ordering::SeqCst);
            while written.load(Ordering::SeqCst) == seen {
                thread::yield_now();
            }
        });
        over.store(true, Ordering::SeqCst);
        copied.unwrap();
        assert!(steps > 1, "a copy of one step shows nothing");
        assert_eq!(bytes, snapshot.bytes().unwrap());
        assert_eq!(bytes, std::fs::metadata(&copy).unwrap().len());
    });
    let expected: Vec<i64> = (1..=BEFORE).collect();
    assert_eq!(lines(&snapshot), expected);
    let copy = Snapshot::of_file(&copy).unwrap();
    assert_eq!(lines(&copy), expected);
    assert_eq!(copy.integrity_errors().unwrap(), Vec::<String>::new());
    assert_ne!(lines(&database.snapshot().unwrap()), expected, "the database itself has gone on");
}

#[test]
fn a_snapshot_of_a_file_changes_nothing_and_needs_one() {
    let file = File::new();
    assert!(matches!(Snapshot::of_file(&file.path()), Err(Error::Engine(_))));
    assert!(!file.path().exists());
    file.open();
    let before = std::fs::read(file.path()).unwrap();
    let snapshot = Snapshot::of_file(&file.path()).unwrap();
    assert_eq!(snapshot.migrations().unwrap(), [("test".to_owned(), 2)]);
    drop(snapshot);
    assert_eq!(std::fs::read(file.path()).unwrap(), before);
}

#[test]
fn a_copy_that_cannot_be_written_is_refused() {
    let file = File::new();
    let database = file.open();
    let snapshot = database.snapshot().unwrap();
    let nowhere = snapshot.copy_to(&beside(&file, "no/such/folder"), &mut |_| {});
    assert!(matches!(nowhere, Err(Error::Engine(_))), "{nowhere:?}");
}

#[test]
fn damage_is_found() {
    let file = File::new();
    let database = file.open();
    commit(database.session().unwrap().as_mut(), &(1..100).map(|n| insert(&fat(n))).collect::<Vec<_>>()).unwrap();
    let copy = beside(&file, "copy");
    database.snapshot().unwrap().copy_to(&copy, &mut |_| {}).unwrap();
    let mut bytes = std::fs::read(&copy).unwrap();
    assert_eq!(Snapshot::of_file(&copy).unwrap().integrity_errors().unwrap(), Vec::<String>::new());
    // The header of the last page, which is one of the table.
    let last = bytes.len() - 4096;
    bytes[last..last + 8].fill(0xff);
    std::fs::write(&copy, bytes).unwrap();
    let damage = Snapshot::of_file(&copy).and_then(|snapshot| snapshot.integrity_errors());
    assert!(damage.as_ref().map_or(true, |lines| !lines.is_empty()), "{damage:?}");
}

#[test]
fn tables_are_measured_with_their_indexes() {
    let file = File::new();
    let database = file.open();
    let mut session = database.session().unwrap();
    commit(session.as_mut(), &(1..=500).map(|n| insert(&fat(n))).collect::<Vec<_>>()).unwrap();
    commit(session.as_mut(), &(1..=400).map(|n| delete(&fat(n), None)).collect::<Vec<_>>()).unwrap();
    let snapshot = database.snapshot().unwrap();
    let sizes = snapshot.sizes().unwrap();
    let size = |name: &str| sizes.iter().find(|size| size.table == name).cloned();
    let Some(TableSize { rows: 100, bytes, index_bytes, .. }) = size("lines") else { panic!("{sizes:?}") };
    assert!((100_000..300_000).contains(&bytes) && index_bytes > 0, "{sizes:?}");
    let Some(TableSize { rows: 0, bytes: 4096, index_bytes: 4096, .. }) = size("samples") else { panic!("{sizes:?}") };
    assert!(snapshot.free_bytes().unwrap() > 100_000, "what was deleted is free to be used again");
}
