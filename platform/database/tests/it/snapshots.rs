//! Snapshots: reads, copies, integrity checks and sizes.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    thread,
};

use boxoffice_database::{Error, Snapshot, TableSize};

use crate::harness::*;

/// A row of a thousand characters, so that the file has several pages.
fn large_line(number: i64) -> Line {
    line(number, &"x".repeat(1000))
}

fn lines(snapshot: &Snapshot) -> Vec<i64> {
    snapshot.select::<Line>("ORDER BY number", Vec::new()).unwrap().into_iter().map(|line| line.number).collect()
}

fn beside(file: &TestDatabase, name: &str) -> PathBuf {
    file.path().with_file_name(name)
}

#[test]
fn a_copy_equals_its_snapshot_despite_concurrent_commits() {
    const BEFORE: i64 = 9000;
    let file = TestDatabase::new();
    let database = file.open();
    let mut session = database.session().unwrap();
    commit(session.as_mut(), &(1..=BEFORE).map(|n| insert(&large_line(n))).collect::<Vec<_>>()).unwrap();
    let snapshot = Snapshot::of_file(&file.path()).unwrap();
    let (is_done, written) = (AtomicBool::new(false), AtomicI64::new(0));
    let copy = beside(&file, "copy");
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in BEFORE + 1.. {
                commit(session.as_mut(), &[insert(&large_line(n)), delete(&large_line(n - BEFORE), None)]).unwrap();
                written.fetch_add(1, Ordering::SeqCst);
                if is_done.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        let (mut steps, mut bytes) = (0, 0);
        let copied = snapshot.copy_to(&copy, &mut |more| {
            (steps, bytes) = (steps + 1, bytes + more);
            // A commit happens between any two steps.
            let before = written.load(Ordering::SeqCst);
            while written.load(Ordering::SeqCst) == before {
                thread::yield_now();
            }
        });
        is_done.store(true, Ordering::SeqCst);
        copied.unwrap();
        assert!(steps > 1, "a copy in one step does not test concurrency");
        assert_eq!(bytes, snapshot.bytes().unwrap());
        assert_eq!(bytes, std::fs::metadata(&copy).unwrap().len());
    });
    let expected: Vec<i64> = (1..=BEFORE).collect();
    assert_eq!(lines(&snapshot), expected);
    let copy = Snapshot::of_file(&copy).unwrap();
    assert_eq!(lines(&copy), expected);
    assert_eq!(copy.integrity_errors().unwrap(), Vec::<String>::new());
    assert_ne!(lines(&database.snapshot().unwrap()), expected, "the database has newer data");
}

#[test]
fn a_snapshot_of_a_file_needs_the_file_and_changes_nothing() {
    let file = TestDatabase::new();
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
fn a_copy_to_a_missing_folder_is_refused() {
    let file = TestDatabase::new();
    let database = file.open();
    let snapshot = database.snapshot().unwrap();
    let nowhere = snapshot.copy_to(&beside(&file, "no/such/folder"), &mut |_| {});
    assert!(matches!(nowhere, Err(Error::Engine(_))), "{nowhere:?}");
}

#[test]
fn an_integrity_check_detects_damage() {
    let file = TestDatabase::new();
    let database = file.open();
    commit(database.session().unwrap().as_mut(), &(1..100).map(|n| insert(&large_line(n))).collect::<Vec<_>>())
        .unwrap();
    let copy = beside(&file, "copy");
    database.snapshot().unwrap().copy_to(&copy, &mut |_| {}).unwrap();
    let mut bytes = std::fs::read(&copy).unwrap();
    assert_eq!(Snapshot::of_file(&copy).unwrap().integrity_errors().unwrap(), Vec::<String>::new());
    // The header of the last page, which belongs to the table.
    let last = bytes.len() - 4096;
    bytes[last..last + 8].fill(0xff);
    std::fs::write(&copy, bytes).unwrap();
    let damage = Snapshot::of_file(&copy).and_then(|snapshot| snapshot.integrity_errors());
    assert!(damage.as_ref().map_or(true, |lines| !lines.is_empty()), "{damage:?}");
}

#[test]
fn sizes_include_rows_and_indexes() {
    let file = TestDatabase::new();
    let database = file.open();
    let mut session = database.session().unwrap();
    commit(session.as_mut(), &(1..=500).map(|n| insert(&large_line(n))).collect::<Vec<_>>()).unwrap();
    commit(session.as_mut(), &(1..=400).map(|n| delete(&large_line(n), None)).collect::<Vec<_>>()).unwrap();
    let snapshot = database.snapshot().unwrap();
    let sizes = snapshot.sizes().unwrap();
    let size = |name: &str| sizes.iter().find(|size| size.table == name).cloned();
    let Some(TableSize { rows: 100, bytes, index_bytes, .. }) = size("lines") else { panic!("{sizes:?}") };
    assert!((100_000..300_000).contains(&bytes) && index_bytes > 0, "{sizes:?}");
    let Some(TableSize { rows: 0, bytes: 4096, index_bytes: 4096, .. }) = size("samples") else { panic!("{sizes:?}") };
    assert!(snapshot.free_bytes().unwrap() > 100_000, "deleted rows leave free pages");
}
