//! `backup`: all data of one moment, in a folder of its own.
//!
//! The running system only holds still while the databases are opened. It is this command that copies, with its own
//! rights and on its own disk: nothing secret goes through a door, and a full disk here is nobody else's trouble.

mod manifest;
mod moment;

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use boxoffice_clock::{Clock, Timestamp};
use boxoffice_database::Snapshot;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use tempfile::TempDir;

pub use self::manifest::Manifest;
use self::{
    manifest::{DRAFT, Entry, MANIFEST, sha256},
    moment::ConsistentSnapshot,
};
use crate::{cli, settings::IDENTITY};

/// Makes the backup, and says where it is.
pub fn backup(options: &cli::Backup) -> anyhow::Result<()> {
    let target =
        options.to.clone().unwrap_or_else(|| PathBuf::from(format!("backup-{}", stamp(Clock::machine().now()))));
    let draft = Draft::begin(&target, &options.data.data)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let moment = runtime.block_on(ConsistentSnapshot::of(&options.data.data))?;
    let manifest = draft.fill(moment, &options.data.data)?;
    draft.finish(&target)?;
    let Manifest { taken_at, files, .. } = &manifest;
    println!("{}: {} files, {}, as of {taken_at}", target.display(), files.len(), HumanBytes(manifest.bytes()));
    Ok(())
}

/// A time as part of a file's name, to the second.
pub fn stamp(time: Timestamp) -> String {
    let text = time.to_string();
    text.chars().take("2026-01-01T00:00:00".len()).filter(char::is_ascii_alphanumeric).collect()
}

/// A backup that is being written, under a name that no backup has. It goes when this is dropped before its end.
struct Draft(TempDir);

impl Draft {
    /// Begins beside `target`, on its disk.
    fn begin(target: &Path, data: &Path) -> anyhow::Result<Self> {
        let is_there = target.symlink_metadata().is_ok();
        anyhow::ensure!(!is_there, "{} is there already: name a folder that is not, with --to", target.display());
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let cannot = || format!("{} cannot be written to", parent.display());
        let inside = parent.canonicalize().with_context(cannot)?;
        anyhow::ensure!(
            data.canonicalize().is_ok_and(|data| !inside.starts_with(data)) || !data.exists(),
            "{} is inside the data folder: a backup there is lost with it",
            target.display()
        );
        // Of its owner alone: there are keys in it.
        let owner_only = fs::Permissions::from_mode(0o700);
        let folder =
            tempfile::Builder::new().prefix(".backup-").suffix(DRAFT).permissions(owner_only).tempdir_in(parent);
        folder.map(Self).with_context(cannot)
    }

    /// Copies everything, the manifest last. Each file is on the disk when this returns.
    fn fill(&self, moment: ConsistentSnapshot, data: &Path) -> anyhow::Result<Manifest> {
        let folder = self.0.path();
        let mut manifest = Manifest::new(moment.at);
        let total = moment.databases.iter().map(|(_, snapshot)| snapshot.bytes()).sum::<Result<u64, _>>()?;
        let bar = bar("copying", total);
        // What is copied is let go at once: until then the log of its database grows.
        for (name, snapshot) in moment.databases {
            let name = format!("{name}.sqlite");
            let entry = copy_database(&snapshot, &folder.join(&name), &bar);
            manifest.files.insert(name.clone(), entry.with_context(|| format!("{name} could not be copied"))?);
        }
        for name in keys(data)? {
            let name = format!("{IDENTITY}/{name}");
            let entry = copy_file(&data.join(&name), &folder.join(&name), &mut |_| {});
            manifest.files.insert(name.clone(), entry.with_context(|| format!("{name} could not be copied"))?);
        }
        sync(&folder.join(IDENTITY))?;
        let text = serde_json::to_vec_pretty(&manifest)?;
        let file = folder.join(MANIFEST);
        create(&file).and_then(|_| fs::write(&file, text)).and_then(|()| sync(&file)).context(MANIFEST)?;
        sync(folder)?;
        bar.finish_and_clear();
        Ok(manifest)
    }

    /// Gives it its name.
    fn finish(self, target: &Path) -> anyhow::Result<()> {
        fs::rename(self.0.path(), target).with_context(|| format!("{} cannot be made", target.display()))?;
        // Under its old name there is nothing left to be removed.
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

/// Copies a file, readable by its owner alone, onto the disk. `copied` is told of its bytes once they are there.
pub fn copy_file(from: &Path, to: &Path, copied: &mut dyn FnMut(u64)) -> anyhow::Result<Entry> {
    if let Some(folder) = to.parent().filter(|folder| !folder.exists()) {
        fs::DirBuilder::new().mode(0o700).create(folder)?;
    }
    let bytes = std::io::copy(&mut File::open(from)?, &mut create(to)?)?;
    sync(to)?;
    copied(bytes);
    Ok(Entry { bytes, sha256: sha256(to, &mut |_| {})?, migrations: Default::default() })
}

/// The names of the files with keys. A draft is one that is being written.
fn keys(data: &Path) -> anyhow::Result<Vec<String>> {
    let folder = data.join(IDENTITY);
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() && !name.ends_with(".draft") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// A file that is not there yet, for its owner alone.
fn create(file: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)
}

/// Puts a file, or the names in a folder, onto the disk.
pub fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

/// A bar on stderr, where somebody looks at it.
pub fn bar(what: &'static str, bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<10} {bar:40} {bytes}/{total_bytes} {bytes_per_sec}");
    ProgressBar::new(bytes).with_style(style.expect("a template of ours")).with_message(what)
}
