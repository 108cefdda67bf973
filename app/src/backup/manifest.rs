//! What a backup says of itself: the file that is written last.

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

/// The name of its file.
pub const MANIFEST: &str = "manifest.json";

/// How the name of a folder ends that is still being written.
pub const DRAFT: &str = ".partial";

/// The shape of a backup.
const FORMAT: u32 = 1;

/// A backup, as its manifest tells of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The shape of the backup.
    pub format: u32,
    /// The version of the program that made it.
    pub program: String,
    /// The moment of which it is.
    pub taken_at: Timestamp,
    /// Each file by its path within the backup, with `/`.
    pub files: BTreeMap<String, Entry>,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// Its size.
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
    /// Of a database: the last migration of each owner.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub migrations: BTreeMap<String, i64>,
}

impl Manifest {
    /// Of a backup that is begun.
    pub fn new(taken_at: Timestamp) -> Self {
        Self { format: FORMAT, program: env!("CARGO_PKG_VERSION").to_owned(), taken_at, files: BTreeMap::new() }
    }

    /// That of the backup in `folder`.
    ///
    /// # Errors
    /// When it is no backup, or none that this program can read.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let is_draft = folder.to_string_lossy().ends_with(DRAFT);
        anyhow::ensure!(!is_draft, "{} is no whole backup: it was never finished", folder.display());
        let file = folder.join(MANIFEST);
        let text = fs::read(&file)
            .with_context(|| format!("{} is no whole backup: its {MANIFEST} cannot be read", folder.display()))?;
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

    /// How much there is to copy.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|entry| entry.bytes).sum()
    }

    /// Passes when `folder` holds exactly these files, each as it was written. `read` is told of bytes as they are.
    ///
    /// # Errors
    /// Names the first file that is missing, strange or different.
    pub fn check(&self, folder: &Path, read: &mut dyn FnMut(u64)) -> anyhow::Result<()> {
        let mut found = BTreeSet::new();
        collect(folder, "", &mut found)?;
        if let Some(strange) = found.iter().find(|name| *name != MANIFEST && !self.files.contains_key(*name)) {
            anyhow::bail!("{strange} does not belong to the backup");
        }
        for (name, entry) in &self.files {
            anyhow::ensure!(found.contains(name), "{name} is missing in the backup");
            let file = folder.join(name);
            let bytes = fs::metadata(&file)?.len();
            anyhow::ensure!(
                bytes == entry.bytes,
                "{name} has {bytes} bytes in place of {}: it is damaged",
                entry.bytes
            );
            let sha256 = sha256(&file, read)?;
            anyhow::ensure!(sha256 == entry.sha256, "{name} is not as it was written: its checksum is another");
        }
        Ok(())
    }
}

/// The files in `folder`, with their paths. What is neither a file nor a folder, such as a link, is not followed.
fn collect(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
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

/// The checksum of a file; `read` is told of bytes as they are.
pub fn sha256(file: &Path, read: &mut dyn FnMut(u64)) -> anyhow::Result<String> {
    let cannot = || format!("{} cannot be read", file.display());
    let mut source = File::open(file).with_context(cannot)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 18]);
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            Ok(count) => {
                hash.update(&buffer[..count]);
                read(count as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error).with_context(cannot),
        }
    }
}
