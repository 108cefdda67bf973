//! Pages of `docs/` that are generated from the code: `UPDATE_DOCS=1` writes them; otherwise the tests compare them.

mod crate_docs;
mod data_flow;
mod schema;
mod seeds;
mod services;
mod sql;

use std::fs;

use crate::walls::root;

/// Compares a page of `docs/` with the generated text, or writes it if `UPDATE_DOCS=1`.
pub fn check(page: &str, expected: &str, filter: &str) {
    let path = root().join("docs").join(page);
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, not configuration of the program")]
    if std::env::var("UPDATE_DOCS").is_ok_and(|value| value == "1") {
        fs::write(&path, expected).expect("the page can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/{page} differs from the code; `UPDATE_DOCS=1 cargo test -p boxoffice-tests {filter}` updates it"
    );
}
