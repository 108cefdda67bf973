//! Columns of each kind come back as they went; what a column cannot be is blamed on its table and its name.

use boxoffice_database::{Database, Error, Query, Row};
use uuid::Uuid;

use crate::setting::*;

#[tokio::test]
async fn a_row_of_each_kind_of_column_comes_back() {
    let file = File::new();
    let database = file.open();
    let rows = [sample(1), bare(2)];
    commit(database.session().unwrap().as_mut(), &rows.each_ref().map(insert)).unwrap();
    assert_eq!(database.select::<Sample>("ORDER BY number", Vec::new()).await.unwrap(), rows);
    let kinds = "SELECT typeof(id) = 'blob' AND typeof(at) = 'integer' AND typeof(truth) = 'integer' AND
                 state = 'sold_out' AND list = '[\"a\",\"\"]' FROM samples";
    let found = database.fetch(vec![Query::sql(kinds, Vec::new())]).await.unwrap();
    assert_eq!(numbers(&found[0]), [1, 1]);
}

#[test]
fn a_row_knows_its_columns() {
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

/// Reads the broken row in every way; each has to blame the same.
async fn blamed(database: &Database) -> Vec<Error> {
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
async fn a_row_that_cannot_be_names_its_table_and_column() {
    let breakages = [
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
    for (column, value) in breakages {
        let file = File::new();
        let database = file.open();
        commit(database.session().unwrap().as_mut(), &[insert(&sample(1))]).unwrap();
        // Constraints stand in the way of some of them.
        file.tamper(&format!(
            "PRAGMA ignore_check_constraints = ON; CREATE TABLE loose AS SELECT * FROM samples;
             DROP TABLE samples; ALTER TABLE loose RENAME TO samples; UPDATE samples SET {column} = {value};"
        ));
        let errors = blamed(&database).await;
        assert_eq!(errors.len(), 5, "{column} = {value}: {errors:?}");
        for error in errors {
            let Error::Corrupt { table: "samples", detail } = &error else { panic!("{column} = {value}: {error:?}") };
            assert!(detail.starts_with(&format!("{column}: ")), "{column} = {value}: {detail}");
        }
    }
}

#[tokio::test]
async fn a_query_of_no_table_names_its_column() {
    let file = File::new();
    let query = Query::sql("SELECT 1 AS fine, 0.5 AS half", Vec::new());
    let Err(Error::Corrupt { detail, .. }) = file.open().fetch(vec![query]).await else { panic!("it was read") };
    assert!(detail.starts_with("half: "), "{detail}");
}
