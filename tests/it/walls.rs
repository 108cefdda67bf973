//! The walls between crates, and between the layers of a service: [`rules`] says where they stand, the tests here look
//! for whatever stands on the wrong side of one.

mod manifests;
mod rules;
mod services;
mod sources;

pub use sources::Source;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the workspace")
}

/// All files below `folder` whose name ends with `end`, sorted.
pub fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("a folder that was listed can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// `path` as it is written within the workspace, with `/`.
pub fn within(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned()
}

/// Fails with all of `broken` at once, so that a run tells everything there is to mend.
fn assert_kept(wall: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{wall}:\n  {}\n", broken.join("\n  "));
}
