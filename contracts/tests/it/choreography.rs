//! The generated page about the saga is up to date.

use std::path::Path;

use boxoffice_contracts::choreography_markdown;

use crate::golden;

#[test]
fn the_page_matches_the_saga_table() {
    let page = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/choreography.md"));
    golden::check(page, &choreography_markdown());
}
