//! `sizes`: how much room every table takes, and how much of it a booking.

use std::{fs, path::Path};

use boxoffice_database::{Database, Snapshot, TableSize};

use crate::{cli, schema};

/// Prints a line for each table of each database. Reads all of them, and holds up nobody.
pub fn sizes(options: &cli::Sizes) -> anyhow::Result<()> {
    let data = &options.data.data;
    let has_data = Database::file_in(data, "bookings").exists();
    anyhow::ensure!(has_data, "there is no data in {}: name the folder with --data", data.display());
    let databases: Vec<_> = schema::databases().map(|name| Size::of(data, name)).collect::<anyhow::Result<_>>()?;
    let tables = databases.iter().flat_map(|size| &size.tables);
    let bookings = tables.clone().find(|table| table.table == "bookings").map_or(0, |table| table.rows);
    println!(
        "{:<14} {:<18} {:>10} {:>13} {:>13} {:>9}",
        "database", "table", "rows", "bytes", "of indexes", "a booking"
    );
    for size in &databases {
        size.print(bookings);
    }
    let all = tables.map(|table| table.bytes + table.index_bytes).sum();
    println!("{:<14} {:<18} {:>10} {all:>13} {:>13} {:>9}", "all", "", "", "", each(all, bookings));
    Ok(())
}

/// One database.
struct Size {
    name: &'static str,
    tables: Vec<TableSize>,
    /// Bytes of the file that hold nothing.
    free: u64,
    /// Bytes of the log beside it.
    log: u64,
}

impl Size {
    fn of(data: &Path, name: &'static str) -> anyhow::Result<Self> {
        let file = Database::file_in(data, name);
        let snapshot = Snapshot::of_file(&file)?;
        // A system that was stopped in order has no log.
        let log = fs::metadata(Database::log_file_in(data, name)).map_or(0, |log| log.len());
        Ok(Self { name, tables: snapshot.sizes()?, free: snapshot.free_bytes()?, log })
    }

    fn print(&self, bookings: i64) {
        for TableSize { table, rows, bytes, index_bytes } in &self.tables {
            let each = each(bytes + index_bytes, bookings);
            println!(
                "{:<14} {table:<18} {rows:>10} {:>13} {index_bytes:>13} {each:>9}",
                self.name,
                bytes + index_bytes
            );
        }
        println!("{:<14} {:<18} {:>10} {:>13}", self.name, "(free)", "", self.free);
        println!("{:<14} {:<18} {:>10} {:>13}", self.name, "(log)", "", self.log);
    }
}

/// Bytes for each booking, rounded up.
fn each(bytes: i64, bookings: i64) -> String {
    if bookings == 0 { "-".to_owned() } else { ((bytes + bookings - 1) / bookings).to_string() }
}
