//! Checks of dependencies between crates and between the layers of a service. [`rules`] is the list of allowed
//! dependencies.

mod manifests;
mod rules;
mod services;
mod sources;

pub use manifests::package_names;
pub use sources::Source;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The root folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate is inside the workspace")
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

/// `path` relative to the root of the workspace.
pub fn within(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned()
}

/// Fails with the list of all `violations`, so that one run shows all of them.
pub fn assert_none(what: &str, violations: &[String]) {
    assert!(violations.is_empty(), "{what}:\n  {}\n", violations.join("\n  "));
}
