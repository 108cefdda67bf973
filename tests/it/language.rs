//! Checks of names and texts: banned words, doc comments that say too little, and references in documents to files,
//! crates and tests.

mod comments;
mod references;
mod words;

use std::{fs, path::PathBuf};

use crate::walls::{files, root};

/// The folders that contain no text of this project.
const SKIPPED: &[&str] = &["target/", ".git/", "tests/openapi/"];

/// A text file of the workspace.
struct TextFile {
    /// The path from the root of the workspace.
    path: String,
    text: String,
}

/// All files of the workspace whose name ends with one of `extensions`, sorted.
fn text_files(extensions: &[&str]) -> Vec<TextFile> {
    let entries = fs::read_dir(root()).expect("the workspace can be listed");
    let entries = entries.map(|entry| entry.expect("an entry can be read").path());
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let name = format!("{}/", crate::walls::within(&entry));
        if entry.is_dir() && !SKIPPED.contains(&name.as_str()) {
            paths.extend(extensions.iter().flat_map(|extension| files(&entry, extension)));
        } else if extensions.iter().any(|extension| name.trim_end_matches('/').ends_with(extension)) {
            paths.push(entry);
        }
    }
    paths.sort();
    let texts = paths.into_iter().map(|path| TextFile {
        text: fs::read_to_string(&path).unwrap_or_default(),
        path: crate::walls::within(&path),
    });
    texts.filter(|file| !SKIPPED.iter().any(|skipped| file.path.starts_with(skipped))).collect()
}
