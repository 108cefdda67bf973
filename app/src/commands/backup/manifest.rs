//! Manifest: lists the files of a backup, and is written after all of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use anyhow::Context as _;
use boxoffice_clock::Timestamp;
use boxoffice_database::Database;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::schema;

/// File name of the manifest.
pub const MANIFEST: &str = "manifest.json";

/// Suffix of the folder of an incomplete backup.
pub const PARTIAL_SUFFIX: &str = ".partial";

/// Version of the backup format.
const FORMAT: u32 = 1;

/// The content of a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// Version of the backup format.
    pub format: u32,
    /// Version of the program that created the backup.
    pub program: String,
    /// Point in time of all data.
    pub taken_at: Timestamp,
    /// Files by their paths within the backup, separated by `/`.
    pub files: BTreeMap<String, Entry>,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// Size of the file in bytes.
    pub bytes: u64,
    /// SHA-256 checksum in hexadecimal.
    pub sha256: String,
    /// Number of the last migration that ran, for each owner of tables (a service or a platform crate); empty if the file is
    /// not a database.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub migrations: BTreeMap<String, i64>,
}

impl Manifest {
    /// The manifest of a backup without files.
    pub fn new(taken_at: Timestamp) -> Self {
        Self { format: FORMAT, program: env!("CARGO_PKG_VERSION").to_owned(), taken_at, files: BTreeMap::new() }
    }

    /// Reads the manifest of the backup in `folder`.
    ///
    /// # Errors
    /// The backup is incomplete or damaged, or was created by a newer version of the program.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let is_draft = folder.to_string_lossy().ends_with(PARTIAL_SUFFIX);
        anyhow::ensure!(!is_draft, "{} is not a complete backup: it was never finished", folder.display());
        let file = folder.join(MANIFEST);
        let text = fs::read(&file)
            .with_context(|| format!("{} is not a complete backup: cannot read its {MANIFEST}", folder.display()))?;
        let manifest: Self = serde_json::from_slice(&text).with_context(|| format!("{} is damaged", file.display()))?;
        anyhow::ensure!(
            manifest.format == FORMAT,
            "{} has format {}, and this program reads format {FORMAT}",
            file.display(),
            manifest.format
        );
        for name in schema::databases() {
            let file = Database::file_name(name);
            let entry = manifest.files.get(&file).with_context(|| format!("{file} is missing in the backup"))?;
            schema::must_not_be_newer(name, entry.migrations.iter().map(|(owner, number)| (owner.as_str(), *number)))?;
        }
        Ok(manifest)
    }

    /// Total size of all files in bytes.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|entry| entry.bytes).sum()
    }

    /// Checks that `folder` contains exactly these files, with the same sizes and checksums. Calls `on_read` with the
    /// number of bytes after each read.
    ///
    /// # Errors
    /// A file is missing, unexpected or different.
    pub fn check(&self, folder: &Path, on_read: &mut dyn FnMut(u64)) -> anyhow::Result<()> {
        let mut found = BTreeSet::new();
        collect(folder, "", &mut found)?;
        if let Some(unexpected) = found.iter().find(|name| *name != MANIFEST && !self.files.contains_key(*name)) {
            anyhow::bail!("{unexpected} does not belong to the backup");
        }
        for (name, entry) in &self.files {
            anyhow::ensure!(found.contains(name), "{name} is missing in the backup");
            let file = folder.join(name);
            let bytes = fs::metadata(&file)?.len();
            anyhow::ensure!(bytes == entry.bytes, "{name} has {bytes} bytes instead of {}: it is damaged", entry.bytes);
            let sha256 = sha256(&file, on_read)?;
            anyhow::ensure!(sha256 == entry.sha256, "{name} is damaged: its checksum differs");
        }
        Ok(())
    }
}

/// Collects the paths of all files in `folder`. Refuses links and other entries that are neither files nor folders.
fn collect(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), found)?;
        } else {
            anyhow::ensure!(entry.file_type()?.is_file(), "{name} is not a file");
            found.insert(name);
        }
    }
    Ok(())
}

/// The SHA-256 checksum of a file. Calls `on_read` with the number of bytes after each read.
pub fn sha256(file: &Path, on_read: &mut dyn FnMut(u64)) -> anyhow::Result<String> {
    let cannot = || format!("cannot read {}", file.display());
    let mut source = File::open(file).with_context(cannot)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 18]);
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            Ok(count) => {
                hash.update(&buffer[..count]);
                on_read(count as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error).with_context(cannot),
        }
    }
}
