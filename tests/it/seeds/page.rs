//! docs/compatible-paths.md is generated from the rules.

use boxoffice_gateway::rules::{BUILT_IN, Rules};

use crate::generated::check;

#[test]
fn the_page_matches_the_rules() {
    check("compatible-paths.md", &Rules::read(BUILT_IN, None).unwrap().page(), "seeds");
}
