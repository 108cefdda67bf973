//! The page about the saga.

use std::path::Path;

use boxoffice_contracts::choreography_markdown;

use crate::golden;

#[test]
fn the_page_says_what_the_table_says() {
    let page = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/choreography.md"));
    golden::check(page, &choreography_markdown());
}
