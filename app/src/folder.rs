//! Data folder: locked by one process at a time.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, Write as _},
    net::SocketAddr,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use boxoffice_database::Database;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

/// Name of the lock file.
pub const LOCK: &str = "lock";

/// Name of the marker file that exists while a restore is in progress. After an interrupted restore it remains, and the
/// data is incomplete.
pub const RESTORING: &str = "restoring";

/// Checks that the folder `path` contains the databases of a system.
///
/// # Errors
/// The folder contains no data.
pub fn must_contain_data(path: &Path) -> anyhow::Result<()> {
    let has_data = Database::file_in(path, "bookings").exists();
    anyhow::ensure!(has_data, "{} contains no data: name the data folder with --data", path.display());
    Ok(())
}

/// A locked data folder. The lock ends when this value is dropped or the process ends, even by a crash.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: File,
}

/// The process that holds the lock, as written in the lock file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Holder {
    /// Process id of the holder.
    pub pid: u32,
    /// Address on which the process listens; `None` until it does.
    pub address: Option<SocketAddr>,
}

/// Result of opening a folder.
pub enum OpenResult {
    /// This process holds the lock.
    Opened(Folder),
    /// Another process holds the lock.
    InUse(Holder),
}

/// Creates the folder if it is missing, accessible to its owner only, because it contains personal data and keys.
fn create(path: &Path) -> anyhow::Result<()> {
    let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    created.with_context(|| format!("cannot create the data folder {}", path.display()))
}

impl Folder {
    /// Opens and locks the folder; creates it if it is missing.
    ///
    /// # Errors
    /// The folder cannot be created or locked, or contains an interrupted restore.
    pub fn open(path: &Path) -> anyhow::Result<OpenResult> {
        create(path)?;
        Self::lock(path)
    }

    /// Opens and locks a folder that contains data.
    ///
    /// # Errors
    /// The folder contains no data, cannot be locked, or contains an interrupted restore.
    pub fn open_existing(path: &Path) -> anyhow::Result<OpenResult> {
        must_contain_data(path)?;
        Self::lock(path)
    }

    /// Opens and locks a folder without writing to it.
    ///
    /// # Errors
    /// The folder has no lock file, or it cannot be locked.
    pub fn open_read_only(path: &Path) -> anyhow::Result<OpenResult> {
        let file = path.join(LOCK);
        let lock = File::open(&file).with_context(|| format!("cannot open {}", file.display()))?;
        Self::with_lock(path, &file, lock)
    }

    fn lock(path: &Path) -> anyhow::Result<OpenResult> {
        let opened = Self::lock_any(path)?;
        let is_interrupted = matches!(opened, OpenResult::Opened(_)) && path.join(RESTORING).exists();
        anyhow::ensure!(
            !is_interrupted,
            "a restore into {} was interrupted and its data is incomplete: repeat the restore with --force",
            path.display()
        );
        Ok(opened)
    }

    /// As [`Folder::open`], but also opens a folder that contains an interrupted restore.
    ///
    /// # Errors
    /// The folder cannot be created or locked.
    pub fn open_to_restore(path: &Path) -> anyhow::Result<OpenResult> {
        create(path)?;
        Self::lock_any(path)
    }

    fn lock_any(path: &Path) -> anyhow::Result<OpenResult> {
        let file = path.join(LOCK);
        let lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&file)
            .with_context(|| format!("cannot open {}", file.display()))?;
        Self::with_lock(path, &file, lock)
    }

    fn with_lock(path: &Path, file: &Path, mut lock: File) -> anyhow::Result<OpenResult> {
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(OpenResult::Opened(Self { path: path.to_owned(), lock })),
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut text = String::new();
                lock.read_to_string(&mut text)?;
                let holder = serde_json::from_str(&text).unwrap_or(Holder { pid: 0, address: None });
                Ok(OpenResult::InUse(holder))
            }
            Err(error) => Err(error).with_context(|| format!("cannot lock {}", file.display())),
        }
    }

    /// Path of the folder, as given when it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes this process and its address into the lock file.
    ///
    /// # Errors
    /// The lock file cannot be written.
    pub fn write_holder(&self, address: Option<SocketAddr>) -> anyhow::Result<()> {
        let holder = Holder { pid: std::process::id(), address };
        let mut lock = &self.lock;
        lock.set_len(0)?;
        lock.rewind()?;
        lock.write_all(&serde_json::to_vec(&holder)?)?;
        Ok(())
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.address {
            Some(address) => write!(f, "process {} (at {address})", self.pid),
            None => write!(f, "process {}", self.pid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_at_a_time() {
        let path = std::env::temp_dir().join(format!("boxoffice-folder-{}", std::process::id()));
        let OpenResult::Opened(folder) = Folder::open(&path).unwrap() else { panic!("the folder is in use") };
        folder.write_holder(Some("127.0.0.1:8080".parse().unwrap())).unwrap();
        let OpenResult::InUse(holder) = Folder::open(&path).unwrap() else { panic!("the folder is not locked") };
        assert_eq!(holder.to_string(), format!("process {} (at 127.0.0.1:8080)", std::process::id()));
        drop(folder);
        assert!(matches!(Folder::open(&path).unwrap(), OpenResult::Opened(_)));
        fs::remove_dir_all(&path).unwrap();
    }
}
