//! The metrics of the program: docs/operating.md lists each of them, and the sources count no other.

use std::{collections::BTreeSet, fs};

use boxoffice_metrics::{Kind, Metric, markdown_table};

use crate::{
    generated::check,
    walls::{files, root, within},
};

const BEGIN: &str = "<!-- metrics: generated from the code -->\n";
const END: &str = "<!-- end of metrics -->\n";

/// Every metric of every crate.
fn declared() -> Vec<&'static Metric> {
    boxoffice::metrics().into_iter().flat_map(|(_, metrics)| metrics).collect()
}

/// The first argument of every macro that counts, with the file it is in, in code outside of tests.
fn counted() -> Vec<(String, String)> {
    let mut counted = Vec::new();
    for path in ["app/src", "platform", "services"].into_iter().flat_map(|folder| files(&root().join(folder), ".rs")) {
        let file = within(&path);
        // The crate that registers declared metrics takes their names from the declarations.
        if file.starts_with("platform/metrics/") || file.contains("/tests/") {
            continue;
        }
        let content = fs::read_to_string(&path).expect("a source can be read");
        for macro_name in ["counter!(", "gauge!(", "histogram!("] {
            for call in content.split(macro_name).skip(1) {
                let argument = call.split([',', ')']).next().unwrap_or_default().trim();
                counted.push((file.clone(), argument.to_owned()));
            }
        }
    }
    counted
}

#[test]
fn the_table_in_operating_lists_every_metric() {
    let page = fs::read_to_string(root().join("docs/operating.md")).expect("the page exists");
    let (before, rest) = page.split_once(BEGIN).expect("the page has the mark where the table begins");
    let (_, after) = rest.split_once(END).expect("the page has the mark where the table ends");
    let table = markdown_table(&boxoffice::metrics());
    check("operating.md", &format!("{before}{BEGIN}\n{table}\n{END}{after}"), "metrics");
}

#[test]
fn the_sources_count_only_declared_metrics_and_all_of_them() {
    let declared: BTreeSet<String> = declared().iter().map(|metric| format!("{:?}", metric.name)).collect();
    let counted = counted();
    let unknown: Vec<_> = counted.iter().filter(|(_, name)| !declared.contains(name)).collect();
    assert!(unknown.is_empty(), "these name no metric of the list: {unknown:?}");
    let counted: BTreeSet<String> = counted.into_iter().map(|(_, name)| name).collect();
    assert_eq!(declared, counted, "every declared metric is counted somewhere");
}

#[test]
fn names_follow_the_conventions_of_prometheus() {
    let mut names = BTreeSet::new();
    for Metric { name, kind, help, .. } in declared() {
        assert!(names.insert(*name), "{name} is declared twice");
        assert!(name.starts_with("boxoffice_") || name.starts_with("process_"), "{name} has no prefix");
        assert_eq!(*kind == Kind::Counter, name.ends_with("_total"), "{name}: only counters end in _total");
        assert!(!name.contains("milli") && !name.contains("micro"), "{name} is not in a base unit");
        assert!(help.ends_with('.') && !help.contains(['|', '\n']), "{name}: the help is one sentence: {help}");
    }
    assert!(names.len() > 20, "hardly a metric is declared: {names:?}");
}
