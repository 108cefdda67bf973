//! The data folder: one process at a time.

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

/// The file that is locked.
pub const LOCK: &str = "lock";

/// The file that is there while a restore is under way: without its end, the data is not whole.
pub const RESTORING: &str = "restoring";

/// A data folder that no other process can open until this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: File,
}

/// Who has the folder, as the lock file says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// Where it listens; none before it does.
    pub address: Option<SocketAddr>,
}

/// What trying to open a folder came to.
pub enum Opened {
    /// It is ours.
    Ours(Folder),
    /// A running process has it.
    Theirs(Holder),
}

/// Makes a folder that is missing, for its owner alone: there are people's letters in it, and keys.
fn make(path: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("the data folder {} cannot be made", path.display()))
}

impl Folder {
    /// Opens the folder, which is made when it is missing, unless another process has it.
    ///
    /// # Errors
    /// When it cannot be made or locked.
    pub fn open(path: &Path) -> anyhow::Result<Opened> {
        make(path)?;
        Self::lock(path)
    }

    /// As [`Folder::open`], of a folder that is there.
    ///
    /// # Errors
    /// When there is none, or it cannot be locked.
    pub fn open_existing(path: &Path) -> anyhow::Result<Opened> {
        let has_data = Database::file_in(path, "bookings").exists();
        anyhow::ensure!(has_data, "there is no data in {}: name the folder with --data", path.display());
        Self::lock(path)
    }

    /// As [`Folder::open_existing`], without making or writing anything. Nobody else can open it while this one is held.
    ///
    /// # Errors
    /// When it cannot be locked.
    pub fn look_at(path: &Path) -> anyhow::Result<Opened> {
        let file = path.join(LOCK);
        let lock = File::open(&file).with_context(|| format!("{} cannot be opened", file.display()))?;
        Self::with_lock(path, &file, lock)
    }

    fn lock(path: &Path) -> anyhow::Result<Opened> {
        let opened = Self::lock_whatever_it_holds(path)?;
        let is_cut_off = matches!(opened, Opened::Ours(_)) && path.join(RESTORING).exists();
        anyhow::ensure!(
            !is_cut_off,
            "a restore into {} was cut off, so what is there is not whole: repeat it with --force",
            path.display()
        );
        Ok(opened)
    }

    /// As [`Folder::open`], also when what it holds is half of a restore.
    ///
    /// # Errors
    /// When it cannot be made or locked.
    pub fn open_to_restore(path: &Path) -> anyhow::Result<Opened> {
        make(path)?;
        Self::lock_whatever_it_holds(path)
    }

    fn lock_whatever_it_holds(path: &Path) -> anyhow::Result<Opened> {
        let file = path.join(LOCK);
        let lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&file)
            .with_context(|| format!("{} cannot be opened", file.display()))?;
        Self::with_lock(path, &file, lock)
    }

    fn with_lock(path: &Path, file: &Path, mut lock: File) -> anyhow::Result<Opened> {
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Opened::Ours(Self { path: path.to_owned(), lock })),
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut text = String::new();
                lock.read_to_string(&mut text)?;
                let holder = serde_json::from_str(&text).unwrap_or(Holder { pid: 0, address: None });
                Ok(Opened::Theirs(holder))
            }
            Err(error) => Err(error).with_context(|| format!("{} cannot be locked", file.display())),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says in the lock file who has the folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn say(&self, address: Option<SocketAddr>) -> anyhow::Result<()> {
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
        let Opened::Ours(folder) = Folder::open(&path).unwrap() else { panic!("nobody else has it") };
        folder.say(Some("127.0.0.1:8080".parse().unwrap())).unwrap();
        let Opened::Theirs(holder) = Folder::open(&path).unwrap() else { panic!("it is taken") };
        assert_eq!(holder.to_string(), format!("process {} (at 127.0.0.1:8080)", std::process::id()));
        drop(folder);
        assert!(matches!(Folder::open(&path).unwrap(), Opened::Ours(_)));
        fs::remove_dir_all(&path).unwrap();
    }
}
