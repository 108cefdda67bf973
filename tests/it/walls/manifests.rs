//! Walls between crates, read from their manifests.

use std::{fs, path::Path};

use toml::{Table, Value};

use super::{
    assert_kept, files, root,
    rules::{BESIDES, CRATES, DRAWERS, KEPT, SHAPE},
    within,
};

/// A crate of ours.
struct Package {
    folder: String,
    name: String,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    name: String,
    in_tests: bool,
}

/// Every member of the workspace.
fn packages() -> Vec<Package> {
    let manifest = manifest(".").expect("the workspace has a manifest");
    let members = manifest["workspace"]["members"].as_array().expect("members are a list");
    let mut folders = Vec::new();
    for member in members.iter().filter_map(Value::as_str) {
        match member.strip_suffix("/*") {
            Some(parent) => {
                let inside = fs::read_dir(root().join(parent)).into_iter().flatten();
                folders.extend(inside.map(|entry| within(&entry.expect("a folder can be listed").path())));
            }
            None => folders.push(member.to_owned()),
        }
    }
    folders.sort();
    folders.iter().filter_map(|folder| package(folder)).collect()
}

fn manifest(folder: &str) -> Option<Table> {
    let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).ok()?;
    Some(text.parse().expect("cargo reads it, so it is TOML"))
}

fn package(folder: &str) -> Option<Package> {
    let manifest = manifest(folder)?;
    let name = manifest["package"]["name"].as_str().expect("a name is text").to_owned();
    Some(Package { folder: folder.to_owned(), name, dependencies: dependencies(&manifest) })
}

fn dependencies(manifest: &Table) -> Vec<Dependency> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = std::iter::once(manifest).chain(targets.filter_map(Value::as_table));
    let mut found = Vec::new();
    for table in tables {
        for (section, in_tests) in [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
        {
            for (key, value) in table.get(section).and_then(Value::as_table).into_iter().flatten() {
                let name = value.get("package").and_then(Value::as_str).unwrap_or(key).to_owned();
                found.push(Dependency { name, in_tests });
            }
        }
    }
    found
}

/// Whether `folder` is one that `pattern` names.
fn fits(pattern: &str, folder: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => folder.strip_prefix(start).is_some_and(|rest| !rest.contains('/')),
        None => pattern == folder,
    }
}

/// What `package` uses of ours and may not.
fn trespasses(package: &Package, all: &[Package]) -> Vec<String> {
    let Some(rule) = CRATES.iter().find(|rule| fits(rule.folder, &package.folder)) else {
        return vec![format!("{} has no line in tests/it/walls/rules.rs", package.folder)];
    };
    let mut broken = Vec::new();
    for used in &package.dependencies {
        let Some(other) = all.iter().find(|other| other.name == used.name) else { continue };
        let allowed = rule.may_use.iter().chain(rule.in_tests.iter().filter(|_| used.in_tests));
        if !allowed.into_iter().any(|pattern| fits(pattern, &other.folder)) {
            let here = if used.in_tests { " in its tests" } else { "" };
            broken.push(format!("{} uses {}{here}", package.folder, other.folder));
        }
    }
    broken
}

#[test]
fn crates_use_what_they_may() {
    let all = packages();
    assert!(all.len() > 10, "the workspace was not found");
    let broken: Vec<_> = all.iter().flat_map(|package| trespasses(package, &all)).collect();
    assert_kept("a crate uses one that it may not", &broken);
}

#[test]
fn libraries_are_named_by_the_crate_that_hides_them() {
    let mut broken = Vec::new();
    for package in packages() {
        for (keeper, names) in KEPT {
            let kept = package.dependencies.iter().filter(|used| names.contains(&used.name.as_str()));
            broken.extend(
                kept.filter(|_| package.folder != *keeper)
                    .map(|used| format!("{} names {}, which {keeper} hides", package.folder, used.name)),
            );
        }
    }
    assert_kept("a library is named outside the crate that hides it", &broken);
}

#[test]
fn crates_are_called_after_their_folders() {
    let mut broken = Vec::new();
    for Package { folder, name, .. } in packages() {
        let parts: Vec<&str> = folder.split('/').collect();
        let expected = match parts[..] {
            ["app"] => "boxoffice".to_owned(),
            ["xtask"] => "xtask".to_owned(),
            ["services", service, "client"] => format!("boxoffice-{service}-client"),
            [.., last] => format!("boxoffice-{last}"),
            [] => String::new(),
        };
        if name != expected {
            broken.push(format!("{folder} is called {name} and not {expected}"));
        }
    }
    assert_kept("a crate has another name than its folder", &broken);
}

#[test]
fn there_is_no_drawer() {
    let mut broken = Vec::new();
    for package in packages() {
        for file in files(&root().join(&package.folder), ".rs") {
            let path = within(&file);
            let parts = path.trim_end_matches(".rs").split('/');
            broken.extend(parts.filter(|part| DRAWERS.contains(part)).map(|part| format!("{path}: {part}")));
        }
    }
    assert_kept("a name that says nothing", &broken);
}

/// The names of the files and folders in a service's `src`.
fn modules(source: &Path) -> Vec<String> {
    let entries = fs::read_dir(source).into_iter().flatten();
    let names = entries.map(|entry| entry.expect("a folder can be listed").file_name().to_string_lossy().into_owned());
    names.map(|name| name.trim_end_matches(".rs").to_owned()).collect()
}

#[test]
fn every_service_has_the_same_shape() {
    let mut broken = Vec::new();
    let services = packages().into_iter().filter(|package| fits("services/*", &package.folder));
    for Package { folder, .. } in services {
        let name = folder.trim_start_matches("services/");
        let besides = BESIDES.iter().find(|(service, _)| *service == name).map_or(&[][..], |(_, besides)| besides);
        let known = |module: &str| SHAPE.contains(&module) || besides.contains(&module);
        let modules = modules(&root().join(&folder).join("src"));
        broken.extend(modules.iter().filter(|module| !known(module)).map(|module| format!("{folder}/src/{module}")));
        let has = |path: &str| root().join(&folder).join(path).exists();
        if !has("tests/it/main.rs") {
            broken.push(format!("{folder} has no tests/it/main.rs"));
        }
        if has("migrations") != modules.iter().any(|module| module == "store") {
            broken.push(format!("{folder} has a store without migrations, or migrations without a store"));
        }
    }
    assert_kept("a service has another shape than its siblings", &broken);
}

#[test]
fn a_trespass_is_seen() {
    let package = |folder: &str, name: &str, uses: &str| Package {
        folder: folder.into(),
        name: name.into(),
        dependencies: vec![Dependency { name: uses.into(), in_tests: false }],
    };
    let all = [
        package("services/orders", "boxoffice-orders", "boxoffice-payments"),
        package("services/payments", "boxoffice-payments", "boxoffice-contracts"),
        package("platform/writer", "boxoffice-writer", "boxoffice-contracts"),
        package("contracts", "boxoffice-contracts", "boxoffice-envelope"),
        package("platform/envelope", "boxoffice-envelope", "serde"),
    ];
    let broken: Vec<_> = all.iter().flat_map(|package| trespasses(package, &all)).collect();
    assert_eq!(broken, ["services/orders uses services/payments", "platform/writer uses contracts"]);
}
