//! Names of the files of embedded databases. No other code in the workspace knows the extension.

use std::path::{Path, PathBuf};

use crate::{Database, Error, Migration};

const EXTENSION: &str = "sqlite";

impl Database {
    /// The file name of the database `name`, such as `orders.sqlite`.
    pub fn file_name(name: &str) -> String {
        format!("{name}.{EXTENSION}")
    }

    /// The file of the database `name` in the data folder `folder`.
    pub fn file_in(folder: &Path, name: &str) -> PathBuf {
        folder.join(Self::file_name(name))
    }

    /// The write-ahead log beside [`Database::file_in`]. It exists while the database is open and after a crash.
    pub fn log_file_in(folder: &Path, name: &str) -> PathBuf {
        folder.join(format!("{name}.{EXTENSION}-wal"))
    }

    /// Whether `file_name` is that of a database, as opposed to its log and other files of a data folder.
    pub fn is_database_file(file_name: &str) -> bool {
        Path::new(file_name).extension().is_some_and(|extension| extension == EXTENSION)
    }

    /// The URL of [`Database::file_in`].
    pub fn url_in(folder: &Path, name: &str) -> String {
        format!("sqlite:{}", Self::file_in(folder, name).display())
    }

    /// Opens the database `name` in the data folder `folder`, as [`Database::open`] does.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn open_in(folder: &Path, name: &str, migrations: &[(&str, &[Migration])]) -> Result<Self, Error> {
        Self::open(&Self::url_in(folder, name), migrations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_itself_is_a_database_file() {
        assert!(Database::is_database_file(&Database::file_name("orders")));
        let log = Database::log_file_in(Path::new("data"), "orders");
        assert!(!Database::is_database_file(&log.to_string_lossy()));
        assert!(!Database::is_database_file("manifest.json"));
    }
}
