//! `restore`: a backup becomes the data of a system that is stopped.

use std::{
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use boxoffice_clock::Clock;
use boxoffice_database::{Database, Snapshot};

use crate::{
    backup::{Manifest, bar, copy_file, stamp, sync},
    cli,
    folder::{Folder, LOCK, Opened, RESTORING},
};

/// Folders within the data that hold what was moved aside begin so.
const ASIDE: &str = "before-restore-";

/// Restores it, and says what is there.
pub fn restore(options: &cli::Restore) -> anyhow::Result<()> {
    let (from, data) = (&options.from, &options.data.data);
    let manifest = Manifest::read(from)?;
    let progress = bar("checking", manifest.bytes());
    manifest.check(from, &mut |bytes| progress.inc(bytes)).with_context(|| unusable(from))?;
    progress.finish_and_clear();
    let folder = take(data, options.force)?;
    let aside = if occupants(data)?.is_empty() { None } else { Some(move_aside(data)?) };
    fill(&folder, from, &manifest).inspect_err(|_| remove(data, &manifest))?;
    println!("{}: {} files, as of {}", data.display(), manifest.files.len(), manifest.taken_at);
    if let Some(aside) = aside {
        println!("What was there is in {}: remove it when nobody misses it.", aside.display());
    }
    println!("Bookings that were made later are not in it. Check it with `boxoffice verify`, then start it.");
    Ok(())
}

fn unusable(from: &Path) -> String {
    format!("the backup {} cannot be used, and nothing was changed", from.display())
}

/// The data folder, so that nobody else opens it meanwhile; made when it is missing.
fn take(data: &Path, force: bool) -> anyhow::Result<Folder> {
    let is_empty = !data.exists() || occupants(data)?.is_empty();
    // A folder of somebody else's is not even given a lock.
    if data.join(LOCK).exists() || is_empty || force {
        match Folder::open_to_restore(data)? {
            Opened::Theirs(holder) => anyhow::bail!("{} is in use by {holder}: stop it first", data.display()),
            Opened::Ours(folder) if is_empty || force => return Ok(folder),
            Opened::Ours(_) => {}
        }
    }
    anyhow::bail!("{} is not empty: name another folder, or move what is there aside with --force", data.display())
}

/// What is in the way of a restore, besides the lock, the mark of one that failed and what was moved aside before.
fn occupants(data: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(data).with_context(|| format!("{} cannot be read", data.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != LOCK && name != RESTORING && !name.starts_with(ASIDE) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Moves everything into a folder within the data, which is on the same disk wherever that is mounted.
fn move_aside(data: &Path) -> anyhow::Result<PathBuf> {
    let aside = data.join(format!("{ASIDE}{}", stamp(Clock::system().now())));
    let cannot = || format!("what is in {} cannot be moved aside", data.display());
    fs::DirBuilder::new().mode(0o700).create(&aside).with_context(cannot)?;
    // While anything is missing at its place, nobody is to take the rest for the data.
    mark(data).with_context(cannot)?;
    for path in occupants(data)? {
        let name = path.file_name().unwrap_or_default();
        fs::rename(&path, aside.join(name)).with_context(cannot)?;
    }
    sync(data)?;
    Ok(aside)
}

fn mark(data: &Path) -> std::io::Result<()> {
    fs::write(data.join(RESTORING), "A restore is under way, or was cut off.\n")?;
    sync(data)
}

/// Copies every file to its place. The mark that says otherwise is taken away when all of it is there and sound.
fn fill(folder: &Folder, from: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let data = folder.path();
    mark(data)?;
    let progress = bar("restoring", manifest.bytes());
    for (name, entry) in &manifest.files {
        let to = data.join(name);
        let copied = copy_file(&from.join(name), &to, &mut |bytes| progress.inc(bytes))
            .with_context(|| format!("{name} could not be restored"))?;
        let is_same = (copied.bytes, &copied.sha256) == (entry.bytes, &entry.sha256);
        anyhow::ensure!(is_same, "{name} has changed since it was checked");
        if Database::is_database_file(name) {
            let damage = Snapshot::of_file(&to)?.integrity_errors()?;
            anyhow::ensure!(damage.is_empty(), "{name} is damaged: {}", damage.join("; "));
        }
    }
    sync(data)?;
    fs::remove_file(data.join(RESTORING))?;
    sync(data)?;
    progress.finish_and_clear();
    Ok(())
}

/// Takes away what a restore that failed has written. The mark stays: what was moved aside may be the only data.
fn remove(data: &Path, manifest: &Manifest) {
    for name in manifest.files.keys() {
        // It may not have come so far.
        let _ = fs::remove_file(data.join(name));
    }
}
