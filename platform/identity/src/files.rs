//! Small files with secrets: replaced atomically, and readable only by their owner.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use boxoffice_clock::Timestamp;

use crate::IdentityError;

/// Reads the file; a missing file is created with the text of `make`.
pub(crate) fn read_or_create(path: &Path, make: impl FnOnce() -> String) -> Result<String, IdentityError> {
    let failed = |source| IdentityError::File { path: path.to_owned(), source };
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let text = make();
            write(path, &text).map_err(failed)?;
            Ok(text)
        }
        read => read.map_err(failed),
    }
}

/// Replaces the file atomically and durably.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let draft = path.with_extension("draft");
    // A crash may leave a draft with any content and mode.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    // The rename is durable only after its folder is synced.
    File::open(folder)?.sync_all()
}

/// Time of the last change of the file; `None` if unknown.
pub(crate) fn changed_at(path: &Path) -> Option<Timestamp> {
    let data = fs::metadata(path).ok()?;
    Some(Timestamp::from_micros(data.mtime().checked_mul(1_000_000)?))
}
