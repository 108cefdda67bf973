use std::path::Path;

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};

use super::fault;
use crate::Error;

/// Pages of one step, 4 MiB.
const PAGES: i32 = 1024;

/// Copies the database that `source` reads into `file`, page by page. In a read transaction it copies the snapshot, and
/// concurrent writes do not restart the copy.
pub(crate) fn copy(source: &Connection, file: &Path, copied: &mut dyn FnMut(u64)) -> Result<(), Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(file, flags)
        .map_err(|error| Error::Engine(format!("{}: {error}", file.display())))?;
    // A failed copy is deleted, so it needs no rollback; the caller syncs the whole file once.
    target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF").map_err(fault)?;
    let page_size: i64 = source.query_row("PRAGMA page_size", [], |row| row.get(0)).map_err(fault)?;
    let backup = Backup::new(source, &mut target).map_err(fault)?;
    let mut done = 0;
    loop {
        let step = backup.step(PAGES).map_err(fault)?;
        let progress = backup.progress();
        let pages = progress.pagecount - progress.remaining;
        copied(u64::try_from(i64::from(pages - done) * page_size).unwrap_or(0));
        done = pages;
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => return Err(Error::Retryable(format!("another process locks {}", file.display()))),
        }
    }
}
