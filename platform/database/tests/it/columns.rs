//! Column types: stored and read unchanged; an error names the table and the column of a corrupt value.

use boxoffice_database::{Database, Error, Query, Row};
use uuid::Uuid;

use crate::harness::*;

#[tokio::test]
async fn every_column_type_is_stored_and_read_unchanged() {
    let file = TestDatabase::new();
    let database = file.open();
    let rows = [sample(1), without_options(2)];
    commit(database.session().unwrap().as_mut(), &rows.each_ref().map(insert)).unwrap();
    assert_eq!(database.select::<Sample>("ORDER BY number", Vec::new()).await.unwrap(), rows);
    let kinds = "SELECT typeof(id) = 'blob' AND typeof(at) = 'integer' AND typeof(truth) = 'integer' AND
                 state = 'sold_out' AND list = '[\"a\",\"\"]' FROM samples";
    let found = database.fetch(vec![Query::sql(kinds, Vec::new())]).await.unwrap();
    assert_eq!(numbers(&found[0]), [1, 1]);
}

#[test]
fn a_row_lists_its_columns_and_values() {
    let row = sample(1);
    assert_eq!(Sample::TABLE.columns.len(), row.values().len());
    assert_eq!((Sample::TABLE.key_columns, Sample::TABLE.versioned), (2, true));
    assert_eq!((Line::TABLE.key_columns, Line::TABLE.versioned), (1, false));
    let unversioned = &Sample::TABLE.columns[..Sample::TABLE.columns.len() - 1];
    for (name, value) in unversioned.iter().zip(row.values()) {
        assert_eq!(row.column(name), value, "{name}");
    }
    assert_eq!(Sample::key_values(&row.key()), row.values()[..2]);
}

/// The errors of all ways to read the corrupt row.
async fn read_errors(database: &Database) -> Vec<Error> {
    let mut errors = Vec::new();
    errors.extend(database.select::<Sample>("", Vec::new()).await.err());
    errors.extend(database.get::<Sample>((Uuid::from_u128(7), 1)).await.err());
    errors.extend(database.select_two::<Line, Sample>(("", Vec::new()), ("", Vec::new())).await.err());
    errors.extend(database.snapshot().unwrap().select::<Sample>("", Vec::new()).err());
    let mut session = database.session().unwrap();
    session.begin().unwrap();
    let loaded = session.load(&[by_key::<Line>(&1), by_key::<Sample>(&(Uuid::from_u128(7), 1))]);
    errors.extend(loaded.and_then(|mut found| Sample::from_values(found.remove(1).remove(0))).err());
    session.rollback();
    errors
}

#[tokio::test]
async fn a_corrupt_value_names_its_table_and_column() {
    let corrupt_values = [
        ("text", "NULL"),
        ("text", "CAST(x'ff' AS TEXT)"),
        ("small", "-1"),
        ("small", "4294967296"),
        ("small", "0.5"),
        ("truth", "2"),
        ("at", "'yesterday'"),
        ("state", "'lost'"),
        ("list", "'{}'"),
        ("maybe_number", "'many'"),
        ("maybe_id", "x'00'"),
        ("maybe_list", "'[null]'"),
        ("version", "'x'"),
    ];
    for (column, value) in corrupt_values {
        let file = TestDatabase::new();
        let database = file.open();
        commit(database.session().unwrap().as_mut(), &[insert(&sample(1))]).unwrap();
        // Some of the values violate constraints, so a table without constraints replaces the original one.
        file.tamper(&format!(
            "PRAGMA ignore_check_constraints = ON; CREATE TABLE loose AS SELECT * FROM samples;
             DROP TABLE samples; ALTER TABLE loose RENAME TO samples; UPDATE samples SET {column} = {value};"
        ));
        let errors = read_errors(&database).await;
        assert_eq!(errors.len(), 5, "{column} = {value}: {errors:?}");
        for error in errors {
            let Error::Corrupt { table: "samples", detail } = &error else { panic!("{column} = {value}: {error:?}") };
            assert!(detail.starts_with(&format!("{column}: ")), "{column} = {value}: {detail}");
        }
    }
}

#[tokio::test]
async fn an_unreadable_value_of_a_query_names_its_column() {
    let file = TestDatabase::new();
    let query = Query::sql("SELECT 1 AS whole, 0.5 AS half", Vec::new());
    let Err(Error::Corrupt { detail, .. }) = file.open().fetch(vec![query]).await else { panic!("the value was read") };
    assert!(detail.starts_with("half: "), "{detail}");
}
