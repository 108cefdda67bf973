//! `sizes`: prints the size of every table, in total and for each booking.

use std::{fs, path::Path};

use boxoffice_database::{Database, Snapshot, TableSize};
use clap::Args;

use crate::{command_line::DataOption, folder::must_contain_data, schema};

#[derive(Debug, Args)]
pub struct Sizes {
    #[command(flatten)]
    pub data: DataOption,
}

impl Sizes {
    /// Prints a line for each table of each database. Reads every database completely, without blocking writers.
    pub fn run(&self) -> anyhow::Result<()> {
        let data = &self.data.data;
        must_contain_data(data)?;
        let databases: Vec<_> =
            schema::databases().map(|name| DatabaseSize::of(data, name)).collect::<anyhow::Result<_>>()?;
        let tables = databases.iter().flat_map(|size| &size.tables);
        let bookings = tables.clone().find(|table| table.table == "bookings").map_or(0, |table| table.rows);
        println!(
            "{:<14} {:<18} {:>10} {:>13} {:>13} {:>9}",
            "database", "table", "rows", "bytes", "of indexes", "a booking"
        );
        for size in &databases {
            size.print(bookings);
        }
        let total = tables.map(|table| table.bytes + table.index_bytes).sum();
        println!(
            "{:<14} {:<18} {:>10} {total:>13} {:>13} {:>9}",
            "all",
            "",
            "",
            "",
            bytes_for_each_booking(total, bookings)
        );
        Ok(())
    }
}

/// The size of one database.
struct DatabaseSize {
    name: &'static str,
    tables: Vec<TableSize>,
    /// Bytes of unused pages in the database file.
    free: u64,
    /// Bytes of the write-ahead log; 0 after a clean stop.
    log: u64,
}

impl DatabaseSize {
    fn of(data: &Path, name: &'static str) -> anyhow::Result<Self> {
        let snapshot = Snapshot::of_file(&Database::file_in(data, name))?;
        let log = fs::metadata(Database::log_file_in(data, name)).map_or(0, |log| log.len());
        Ok(Self { name, tables: snapshot.sizes()?, free: snapshot.free_bytes()?, log })
    }

    fn print(&self, bookings: i64) {
        for TableSize { table, rows, bytes, index_bytes } in &self.tables {
            let total = bytes + index_bytes;
            let each = bytes_for_each_booking(total, bookings);
            println!("{:<14} {table:<18} {rows:>10} {total:>13} {index_bytes:>13} {each:>9}", self.name);
        }
        println!("{:<14} {:<18} {:>10} {:>13}", self.name, "(free)", "", self.free);
        println!("{:<14} {:<18} {:>10} {:>13}", self.name, "(log)", "", self.log);
    }
}

/// Bytes divided by the number of bookings, rounded up; `-` without bookings.
fn bytes_for_each_booking(bytes: i64, bookings: i64) -> String {
    if bookings == 0 { "-".to_owned() } else { ((bytes + bookings - 1) / bookings).to_string() }
}
