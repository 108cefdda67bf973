use rusqlite::Connection;

use super::fault;
use crate::{Error, TableSize};

pub(crate) fn sizes(connection: &Connection) -> Result<Vec<TableSize>, Error> {
    let mut tables: Vec<TableSize> = rows(
        connection,
        "SELECT s.tbl_name, SUM(CASE WHEN s.type = 'table' THEN d.pgsize ELSE 0 END),
                SUM(CASE WHEN s.type = 'index' THEN d.pgsize ELSE 0 END)
         FROM (SELECT name, tbl_name, type FROM sqlite_schema
               UNION ALL SELECT 'sqlite_schema', 'sqlite_schema', 'table') s
         JOIN dbstat d ON d.name = s.name AND d.aggregate = TRUE
         GROUP BY s.tbl_name ORDER BY s.tbl_name",
        |row| Ok(TableSize { table: row.get(0)?, rows: 0, bytes: row.get(1)?, index_bytes: row.get(2)? }),
    )?;
    for size in &mut tables {
        // The name comes from the schema and needs no escaping.
        let count = format!("SELECT count(*) FROM \"{}\"", size.table);
        size.rows = connection.query_row(&count, [], |row| row.get(0)).map_err(fault)?;
    }
    Ok(tables)
}

pub(crate) fn bytes(connection: &Connection) -> Result<u64, Error> {
    pages(connection, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
}

pub(crate) fn free_bytes(connection: &Connection) -> Result<u64, Error> {
    pages(connection, "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size")
}

pub(crate) fn integrity_errors(connection: &Connection) -> Result<Vec<String>, Error> {
    let lines = rows(connection, "PRAGMA integrity_check(20)", |row| row.get::<_, String>(0))?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

pub(crate) fn migrations(connection: &Connection) -> Result<Vec<(String, i64)>, Error> {
    let sql = "SELECT owner, MAX(number) FROM migrations GROUP BY owner ORDER BY owner";
    rows(connection, sql, |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(crate) fn ran(connection: &Connection, owner: &str) -> Result<Vec<(i64, String)>, Error> {
    let mut statement =
        connection.prepare("SELECT number, checksum FROM migrations WHERE owner = ? ORDER BY number").map_err(fault)?;
    let found = statement.query_map([owner], |row| Ok((row.get(0)?, row.get(1)?))).and_then(Iterator::collect);
    found.map_err(fault)
}

fn pages(connection: &Connection, sql: &str) -> Result<u64, Error> {
    let bytes: i64 = connection.query_row(sql, [], |row| row.get(0)).map_err(fault)?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare(sql).map_err(fault)?;
    let found = statement.query_map([], read).and_then(Iterator::collect);
    found.map_err(fault)
}
