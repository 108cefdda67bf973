//! docs/compatible-paths.md is what the rules print.

use boxoffice_gateway::rules::{BUILT_IN, Rules};

use crate::printed::check;

#[test]
fn the_page_is_what_the_rules_print() {
    check("compatible-paths.md", &Rules::read(BUILT_IN, None).unwrap().page(), "seeds");
}
