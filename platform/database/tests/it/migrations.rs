//! A schema is brought up once, and never past what the program knows.

use std::thread;

use boxoffice_database::{Database, Error, Migration, Query};

use crate::setting::*;

async fn recorded(database: &Database) -> Vec<i64> {
    let query = Query::sql("SELECT number FROM migrations WHERE owner = 'test' ORDER BY number", Vec::new());
    numbers(&database.fetch(vec![query]).await.unwrap()[0])
}

#[tokio::test]
async fn each_runs_once_and_is_recorded() {
    let file = File::new();
    assert_eq!(recorded(&file.with(&[FIRST]).unwrap()).await, [1]);
    let database = file.open();
    assert_eq!(recorded(&database).await, [1, 2]);
    commit(database.session().unwrap().as_mut(), &[insert(&line(1, "kept"))]).unwrap();
    let again = file.open();
    assert_eq!(recorded(&again).await, [1, 2]);
    assert_eq!(again.select::<Line>("", Vec::new()).await.unwrap(), [line(1, "kept")]);
}

#[test]
fn one_that_was_changed_after_it_ran_is_refused() {
    let file = File::new();
    drop(file.open());
    let changed = Migration { sql: "CREATE TABLE lines (number BIGINT)", ..SECOND };
    let Err(Error::Migration(why)) = file.with(&[FIRST, changed]) else { panic!("it was taken") };
    assert!(why.contains("migration 2 (lines) of test was changed"), "{why}");
}

#[test]
fn data_newer_than_the_program_are_refused() {
    let file = File::new();
    drop(file.open());
    let Err(Error::Migration(why)) = file.with(&[FIRST]) else { panic!("it was taken") };
    assert!(why.contains("migration 2 of test") && why.contains("older than its data"), "{why}");
    // Somebody else's numbers are counted apart.
    drop(Database::open(&file.url(), &[("test", &[FIRST, SECOND]), ("other", &[])]).unwrap());
}

#[tokio::test]
async fn one_that_fails_leaves_nothing_behind() {
    let file = File::new();
    let broken = Migration { sql: "CREATE TABLE lines (number BIGINT); SELECT nothing FROM nowhere;", ..SECOND };
    let Err(Error::Migration(why)) = file.with(&[FIRST, broken]) else { panic!("it was taken") };
    assert!(why.contains("migration lines of test") && why.contains("nowhere"), "{why}");
    let database = file.open();
    assert_eq!(recorded(&database).await, [1, 2]);
    assert!(database.select::<Line>("", Vec::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn several_that_open_one_file_at_once_wait_for_each_other() {
    for _ in 0..5 {
        let file = File::new();
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
fn an_unknown_scheme_is_answered_with_the_known_ones() {
    for url in ["oracle:somewhere", "somewhere", "", "sqlite:", "sqlite::memory:", "SQLITE"] {
        let Err(Error::Url(why)) = Database::open(url, &[]) else { panic!("{url} was taken") };
        assert!(why.contains(&format!("{url:?}")) && why.contains("sqlite:FILE"), "{why}");
    }
}

#[test]
fn a_file_that_cannot_be_is_named() {
    let Err(Error::Engine(why)) = Database::open("sqlite:/nowhere/at/all", &[]) else { panic!("it was taken") };
    assert!(why.contains("/nowhere/at/all"), "{why}");
}
