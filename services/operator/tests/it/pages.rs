//! Every console page loads files that exist.

use boxoffice_operator::PAGES;

/// The paths below `/operators/` that `text` names.
fn references(text: &str) -> impl Iterator<Item = String> {
    text.split("\"/operators/").skip(1).map(|rest| format!("/operators/{}", rest.split('"').next().unwrap_or_default()))
}

/// The scripts that a script imports from its own folder.
fn imports(text: &str) -> impl Iterator<Item = String> {
    text.split("from \"./").skip(1).map(|rest| format!("/operators/{}", rest.split('"').next().unwrap_or_default()))
}

#[test]
fn every_reference_leads_to_a_page() {
    let mut count = 0;
    for page in PAGES {
        for path in references(page.text).chain(imports(page.text)) {
            assert!(
                PAGES.iter().any(|other| other.path == path),
                "{} refers to {path}, which does not exist",
                page.path
            );
            count += 1;
        }
    }
    assert!(count > 10, "found only {count} references");
}

#[test]
fn every_file_is_referenced() {
    for file in PAGES.iter().filter(|page| page.path.ends_with(".js") || page.path.ends_with(".css")) {
        let is_referenced =
            PAGES.iter().flat_map(|page| references(page.text).chain(imports(page.text))).any(|path| path == file.path);
        assert!(is_referenced, "no page loads {}", file.path);
    }
}
