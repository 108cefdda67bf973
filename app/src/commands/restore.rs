//! `restore`: restores a backup into the data folder of a stopped system.

use std::{
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use boxoffice_clock::Clock;
use boxoffice_database::Snapshot;
use clap::Args;

use super::backup::{Manifest, copy_file, progress_bar, stamp, sync};
use crate::{
    command_line::DataOption,
    folder::{Folder, LOCK, OpenResult, RESTORING},
};

/// Prefix of the folders, inside the data folder, to which `--force` moves the previous data.
const ASIDE: &str = "before-restore-";

#[derive(Debug, Args)]
pub struct Restore {
    /// Folder that `backup` created
    #[arg(long, env = "BOXOFFICE_RESTORE_FROM", value_name = "DIR")]
    pub from: PathBuf,
    /// Move existing data into a folder inside the data folder; nothing is deleted
    #[arg(long, env = "BOXOFFICE_RESTORE_FORCE")]
    pub force: bool,
    #[command(flatten)]
    pub data: DataOption,
}

impl Restore {
    /// Restores the backup and prints what the data folder contains then.
    pub fn run(&self) -> anyhow::Result<()> {
        let (from, data) = (&self.from, &self.data.data);
        let manifest = Manifest::read(from)?;
        let progress = progress_bar("checking", manifest.bytes());
        manifest.check(from, &mut |bytes| progress.inc(bytes)).with_context(|| unusable(from))?;
        progress.finish_and_clear();
        let folder = take(data, self.force)?;
        let aside = if occupants(data)?.is_empty() { None } else { Some(move_aside(data)?) };
        fill(&folder, from, &manifest).inspect_err(|_| remove(data, &manifest))?;
        println!("{}: {} files, as of {}", data.display(), manifest.files.len(), manifest.taken_at);
        if let Some(aside) = aside {
            println!("The previous data is in {}: delete it when it is no longer needed.", aside.display());
        }
        println!("Later bookings are not in the backup. Run `boxoffice verify`, then start the system.");
        Ok(())
    }
}

fn unusable(from: &Path) -> String {
    format!("cannot use the backup {}; nothing was changed", from.display())
}

/// Locks the data folder; creates it if it is missing.
fn take(data: &Path, force: bool) -> anyhow::Result<Folder> {
    let is_empty = !data.exists() || occupants(data)?.is_empty();
    // No lock file is written into a folder of unknown content.
    if data.join(LOCK).exists() || is_empty || force {
        match Folder::open_to_restore(data)? {
            OpenResult::InUse(holder) => anyhow::bail!("{} is in use by {holder}: stop it first", data.display()),
            OpenResult::Opened(folder) if is_empty || force => return Ok(folder),
            OpenResult::Opened(_) => {}
        }
    }
    anyhow::bail!("{} is not empty: name another folder, or move its content aside with --force", data.display())
}

/// The entries of the data folder that block a restore: all but the lock, the marker and data moved aside before.
fn occupants(data: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(data).with_context(|| format!("cannot read {}", data.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != LOCK && name != RESTORING && !name.starts_with(ASIDE) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Moves all entries into a folder inside the data folder, which is always on the same file system.
fn move_aside(data: &Path) -> anyhow::Result<PathBuf> {
    let aside = data.join(format!("{ASIDE}{}", stamp(Clock::system().now())));
    let cannot = || format!("cannot move the content of {} aside", data.display());
    fs::DirBuilder::new().mode(0o700).create(&aside).with_context(cannot)?;
    // The marker prevents a start on incomplete data.
    mark(data).with_context(cannot)?;
    for path in occupants(data)? {
        let name = path.file_name().unwrap_or_default();
        fs::rename(&path, aside.join(name)).with_context(cannot)?;
    }
    sync(data)?;
    Ok(aside)
}

fn mark(data: &Path) -> std::io::Result<()> {
    fs::write(data.join(RESTORING), "A restore is in progress, or was interrupted.\n")?;
    sync(data)
}

/// Copies all files. Removes the marker once all of them are complete and undamaged.
fn fill(folder: &Folder, from: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let data = folder.path();
    mark(data)?;
    let progress = progress_bar("restoring", manifest.bytes());
    for (name, entry) in &manifest.files {
        let to = data.join(name);
        let copied = copy_file(&from.join(name), &to, &mut |bytes| progress.inc(bytes))
            .with_context(|| format!("cannot restore {name}"))?;
        let is_same = (copied.bytes, &copied.sha256) == (entry.bytes, &entry.sha256);
        anyhow::ensure!(is_same, "{name} has changed since it was checked");
        if name.ends_with(".sqlite") {
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

/// Deletes the files that a failed restore wrote. Keeps the marker, because the data moved aside may be the only data.
fn remove(data: &Path, manifest: &Manifest) {
    for name in manifest.files.keys() {
        // The restore may have failed before it wrote this file.
        let _ = fs::remove_file(data.join(name));
    }
}
