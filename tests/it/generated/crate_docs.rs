//! The entries of the crate docs in the `src/lib.rs` of a service.

use std::fs;

use crate::walls::root;

/// The crate docs of a service.
pub struct CrateDocs(Vec<(String, String)>);

impl CrateDocs {
    /// Reads the entries `- Owns: ..`, `- Consumes: ..` and so on.
    pub fn of(service: &str) -> Self {
        let path = root().join("services").join(service).join("src/lib.rs");
        let content = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut entries: Vec<(String, String)> = Vec::new();
        for line in content.lines().map_while(|line| line.strip_prefix("//!")) {
            match (line.strip_prefix(" - ").and_then(|entry| entry.split_once(": ")), entries.last_mut()) {
                (Some((name, text)), _) => entries.push((name.to_owned(), text.to_owned())),
                (None, Some((_, text))) if line.starts_with("   ") => {
                    text.push(' ');
                    text.push_str(line.trim());
                }
                _ => {}
            }
        }
        Self(entries)
    }

    /// The text of an entry; `None` when the docs have no such entry.
    pub fn entry(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    /// The texts in backticks of an entry.
    pub fn words(&self, name: &str) -> Vec<&str> {
        self.entry(name).unwrap_or_default().split('`').skip(1).step_by(2).collect()
    }
}
