//! docs/errors.md is generated from the code, and every error code is documented once.

use std::collections::BTreeSet;

use boxoffice::SERVICES;
use boxoffice_http::{Code, codes, problem::errors_markdown};

use crate::generated::check;

/// Every code with its owner, starting with the codes of all services and of the gateway.
fn owners() -> Vec<(&'static str, &'static [&'static Code])> {
    let own = SERVICES.iter().filter(|service| !service.codes.is_empty());
    let gateway = ("gateway", boxoffice_gateway::CODES);
    [("every service", codes::ALL), gateway]
        .into_iter()
        .chain(own.map(|service| (service.name, service.codes)))
        .collect()
}

#[test]
fn the_page_matches_the_code() {
    check("errors.md", &errors_markdown(&owners()), "errors");
}

#[test]
fn every_error_code_has_one_owner_that_documents_it() {
    let mut known = BTreeSet::new();
    for (owner, codes) in owners() {
        for Code { code, status, title, about } in codes {
            assert!(known.insert(*code), "{owner} has {code}, which another owner has too");
            assert!((400..600).contains(status), "{owner}: {code} is sent with {status}, which is no refusal");
            assert!(!title.is_empty() && !about.is_empty(), "{owner} does not explain {code}");
            let is_plain = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            assert!(is_plain, "{owner}: {code} is not lower case with hyphens");
        }
    }
}

#[test]
fn shared_error_codes_equal_those_of_their_owner() {
    let owned: Vec<&Code> = owners().into_iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
    for shared in boxoffice_orders::SHARED_CODES {
        let owner = owned.iter().find(|owned| owned.code == shared.code);
        let owner = owner.unwrap_or_else(|| panic!("{} has no owner", shared.code));
        assert_eq!((shared.status, shared.title), (owner.status, owner.title), "{}", shared.code);
    }
}
