//! Migrations: each runs once, and a program refuses data of a newer one.

use std::thread;

use boxoffice_database::{Database, Error, Migration, Query};

use crate::harness::*;

async fn recorded(database: &Database) -> Vec<i64> {
    let query = Query::sql("SELECT number FROM migrations WHERE owner = 'test' ORDER BY number", Vec::new());
    numbers(&database.fetch(vec![query]).await.unwrap()[0])
}

#[tokio::test]
async fn a_migration_runs_once_and_is_recorded() {
    let file = TestDatabase::new();
    assert_eq!(recorded(&file.with(&[FIRST]).unwrap()).await, [1]);
    let database = file.open();
    assert_eq!(recorded(&database).await, [1, 2]);
    commit(database.session().unwrap().as_mut(), &[insert(&line(1, "row"))]).unwrap();
    let again = file.open();
    assert_eq!(recorded(&again).await, [1, 2]);
    assert_eq!(again.select::<Line>("", Vec::new()).await.unwrap(), [line(1, "row")]);
}

#[test]
fn a_migration_changed_after_it_ran_is_refused() {
    let file = TestDatabase::new();
    drop(file.open());
    let changed = Migration { sql: "CREATE TABLE lines (number BIGINT)", ..SECOND };
    let Err(Error::Migration(why)) = file.with(&[FIRST, changed]) else { panic!("it was accepted") };
    assert!(why.contains("migration 2 (lines) of test was changed"), "{why}");
}

#[test]
fn data_newer_than_the_program_is_refused() {
    let file = TestDatabase::new();
    drop(file.open());
    let Err(Error::Migration(why)) = file.with(&[FIRST]) else { panic!("it was accepted") };
    assert!(why.contains("migration 2 of test") && why.contains("older than its data"), "{why}");
    // Each owner numbers its migrations independently.
    drop(Database::open(&file.url(), &[("test", &[FIRST, SECOND]), ("other", &[])]).unwrap());
}

#[tokio::test]
async fn a_failed_migration_changes_nothing() {
    let file = TestDatabase::new();
    let broken = Migration { sql: "CREATE TABLE lines (number BIGINT); SELECT nothing FROM nowhere;", ..SECOND };
    let Err(Error::Migration(why)) = file.with(&[FIRST, broken]) else { panic!("it was accepted") };
    assert!(why.contains("migration lines of test") && why.contains("nowhere"), "{why}");
    let database = file.open();
    assert_eq!(recorded(&database).await, [1, 2]);
    assert!(database.select::<Line>("", Vec::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn concurrent_opens_of_one_file_wait_for_each_other() {
    for _ in 0..5 {
        let file = TestDatabase::new();
        let opened: Vec<_> = thread::scope(|scope| {
            let openers: Vec<_> = (0..8).map(|_| scope.spawn(|| file.with(&[FIRST, SECOND]))).collect();
            openers.into_iter().map(|opener| opener.join().unwrap()).collect()
        });
        for database in opened {
            assert_eq!(recorded(&database.unwrap()).await, [1, 2]);
        }
    }
}

#[test]
fn an_unknown_scheme_is_refused_with_the_known_ones() {
    for url in ["oracle:somewhere", "somewhere", "", "sqlite:", "sqlite::memory:", "SQLITE"] {
        let Err(Error::Url(why)) = Database::open(url, &[]) else { panic!("{url} was accepted") };
        assert!(why.contains(&format!("{url:?}")) && why.contains("sqlite:FILE"), "{why}");
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let Err(Error::Engine(why)) = Database::open("sqlite:/nowhere/at/all", &[]) else { panic!("it was accepted") };
    assert!(why.contains("/nowhere/at/all"), "{why}");
}
