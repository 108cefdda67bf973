//! `backup`: creates a consistent backup of all data.
//!
//! A running system pauses writes only while the command opens its databases. The command itself copies the files, with
//! its own permissions: no secret passes through the HTTP API, and a full backup disk does not affect the system.

mod manifest;
mod snapshot;

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use boxoffice_clock::{Clock, Timestamp};
use boxoffice_database::{Database, Snapshot};
use clap::Args;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use tempfile::TempDir;

pub use self::manifest::Manifest;
use self::{
    manifest::{Entry, MANIFEST, PARTIAL_SUFFIX, sha256},
    snapshot::ConsistentSnapshot,
};
use crate::{command_line::DataOption, settings::IDENTITY};

#[derive(Debug, Args)]
pub struct Backup {
    /// Folder to create; by default `backup-` with the time, in the working directory
    #[arg(long, env = "BOXOFFICE_BACKUP_TO", value_name = "DIR")]
    pub to: Option<PathBuf>,
    #[command(flatten)]
    pub data: DataOption,
}

impl Backup {
    /// Creates the backup and prints its path, size and time.
    pub fn run(&self) -> anyhow::Result<()> {
        let target =
            self.to.clone().unwrap_or_else(|| PathBuf::from(format!("backup-{}", stamp(Clock::system().now()))));
        let draft = Draft::begin(&target, &self.data.data)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let snapshot = runtime.block_on(ConsistentSnapshot::open(&self.data.data))?;
        let manifest = draft.fill(snapshot, &self.data.data)?;
        draft.finish(&target)?;
        let Manifest { taken_at, files, .. } = &manifest;
        println!("{}: {} files, {}, as of {taken_at}", target.display(), files.len(), HumanBytes(manifest.bytes()));
        Ok(())
    }
}

/// Formats a time for a file name, to the second.
pub fn stamp(time: Timestamp) -> String {
    let text = time.to_string();
    text.chars().take("2026-01-01T00:00:00".len()).filter(char::is_ascii_alphanumeric).collect()
}

/// An incomplete backup under a temporary name. Deleted on drop, unless [`Draft::finish`] succeeds.
struct Draft(TempDir);

impl Draft {
    /// Creates the draft beside `target`, in the same file system, so that it can be renamed to `target`.
    fn begin(target: &Path, data: &Path) -> anyhow::Result<Self> {
        let is_there = target.symlink_metadata().is_ok();
        anyhow::ensure!(!is_there, "{} already exists: name another folder with --to", target.display());
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let cannot = || format!("cannot write to {}", parent.display());
        let inside = parent.canonicalize().with_context(cannot)?;
        anyhow::ensure!(
            data.canonicalize().is_ok_and(|data| !inside.starts_with(data)) || !data.exists(),
            "{} is inside the data folder: a backup there is lost with it",
            target.display()
        );
        // A backup contains keys.
        let owner_only = fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new()
            .prefix(".backup-")
            .suffix(PARTIAL_SUFFIX)
            .permissions(owner_only)
            .tempdir_in(parent);
        folder.map(Self).with_context(cannot)
    }

    /// Copies and syncs all files, the manifest last.
    fn fill(&self, snapshot: ConsistentSnapshot, data: &Path) -> anyhow::Result<Manifest> {
        let folder = self.0.path();
        let mut manifest = Manifest::new(snapshot.at);
        let total = snapshot.databases.iter().map(|(_, database)| database.bytes()).sum::<Result<u64, _>>()?;
        let bar = progress_bar("copying", total);
        // Each snapshot is released once it is copied, because its write-ahead log grows until then.
        for (name, database) in snapshot.databases {
            let name = Database::file_name(name);
            let entry = copy_database(&database, &folder.join(&name), &bar);
            manifest.files.insert(name.clone(), entry.with_context(|| format!("cannot copy {name}"))?);
        }
        for name in key_files(data)? {
            let name = format!("{IDENTITY}/{name}");
            let entry = copy_file(&data.join(&name), &folder.join(&name), &mut |_| {});
            manifest.files.insert(name.clone(), entry.with_context(|| format!("cannot copy {name}"))?);
        }
        sync(&folder.join(IDENTITY))?;
        let text = serde_json::to_vec_pretty(&manifest)?;
        let file = folder.join(MANIFEST);
        create(&file)
            .and_then(|_| fs::write(&file, text))
            .and_then(|()| sync(&file))
            .with_context(|| format!("cannot write {MANIFEST}"))?;
        sync(folder)?;
        bar.finish_and_clear();
        Ok(manifest)
    }

    /// Renames the draft to `target`.
    fn finish(self, target: &Path) -> anyhow::Result<()> {
        fs::rename(self.0.path(), target).with_context(|| format!("cannot create {}", target.display()))?;
        // The folder no longer exists under its temporary name.
        let _ = self.0.keep();
        let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(sync(parent)?)
    }
}

fn copy_database(snapshot: &Snapshot, to: &Path, bar: &ProgressBar) -> anyhow::Result<Entry> {
    create(to)?;
    snapshot.copy_to(to, &mut |bytes| bar.inc(bytes))?;
    sync(to)?;
    let migrations = snapshot.migrations()?.into_iter().collect();
    Ok(Entry { bytes: fs::metadata(to)?.len(), sha256: sha256(to, &mut |_| {})?, migrations })
}

/// Copies and syncs a file, readable by its owner only. Calls `copied` with the number of bytes at the end.
pub fn copy_file(from: &Path, to: &Path, copied: &mut dyn FnMut(u64)) -> anyhow::Result<Entry> {
    if let Some(folder) = to.parent().filter(|folder| !folder.exists()) {
        fs::DirBuilder::new().mode(0o700).create(folder)?;
    }
    let bytes = std::io::copy(&mut File::open(from)?, &mut create(to)?)?;
    sync(to)?;
    copied(bytes);
    Ok(Entry { bytes, sha256: sha256(to, &mut |_| {})?, migrations: Default::default() })
}

/// The names of the key files, without temporary files of a key change.
fn key_files(data: &Path) -> anyhow::Result<Vec<String>> {
    let folder = data.join(IDENTITY);
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() && !name.ends_with(".draft") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Creates a file that must not exist, readable by its owner only.
fn create(file: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)
}

/// Syncs a file, or the entries of a folder, to the disk.
pub fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

/// A progress bar on stderr; hidden unless stderr is a terminal.
pub fn progress_bar(what: &'static str, bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<10} {bar:40} {bytes}/{total_bytes} {bytes_per_sec}");
    ProgressBar::new(bytes).with_style(style.expect("the template is valid")).with_message(what)
}
