//! Dependencies between crates, read from their manifests.

use std::{collections::BTreeSet, fs, path::Path};

use toml::{Table, Value};

use super::{
    assert_none, files, root,
    rules::{CRATES, DEV_ONLY, EXTRA_FILES, SERVICE_FILES, UNUSED, VAGUE_NAMES, WRAPPED},
    within,
};

/// A member of the workspace.
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
    // A client crate is a member because the workspace depends on it by path.
    let clients: Vec<_> = folders.iter().map(|folder| format!("{folder}/client")).collect();
    folders.extend(clients);
    folders.sort();
    folders.iter().filter_map(|folder| package(folder)).collect()
}

/// The names of all crates of the workspace.
pub fn package_names() -> BTreeSet<String> {
    packages().into_iter().map(|package| package.name).collect()
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

/// Whether `folder` matches `pattern`, in which a final `*` stands for one name.
fn matches(pattern: &str, folder: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => folder.strip_prefix(start).is_some_and(|rest| !rest.contains('/')),
        None => pattern == folder,
    }
}

/// The workspace crates that `package` uses against the rules.
fn violations_of(package: &Package, all: &[Package]) -> Vec<String> {
    let Some(rule) = CRATES.iter().find(|rule| matches(rule.folder, &package.folder)) else {
        return vec![format!("{} has no line in tests/it/walls/rules.rs", package.folder)];
    };
    let mut violations = Vec::new();
    for used in &package.dependencies {
        let Some(other) = all.iter().find(|other| other.name == used.name) else { continue };
        let allowed = rule.may_use.iter().chain(rule.in_tests.iter().filter(|_| used.in_tests));
        if !allowed.into_iter().any(|pattern| matches(pattern, &other.folder)) {
            let here = if used.in_tests { " in its tests" } else { "" };
            violations.push(format!("{} uses {}{here}", package.folder, other.folder));
        }
    }
    violations
}

#[test]
fn crates_depend_only_on_what_the_rules_allow() {
    let all = packages();
    assert!(all.len() > 10, "the workspace was not found");
    let violations: Vec<_> = all.iter().flat_map(|package| violations_of(package, &all)).collect();
    assert_none("dependencies that tests/it/walls/rules.rs does not allow", &violations);
}

#[test]
fn every_folder_in_the_rules_exists() {
    let all = packages();
    let folders = CRATES.iter().flat_map(|rule| [&[rule.folder], rule.may_use, rule.in_tests].concat());
    let folders = folders.chain(WRAPPED.iter().map(|(folder, _)| *folder));
    let exists = |folder: &str| all.iter().any(|package| matches(folder, &package.folder));
    let violations: Vec<_> = folders.filter(|folder| !exists(folder)).map(str::to_owned).collect();
    assert_none("folders without a crate in tests/it/walls/rules.rs", &violations);
}

#[test]
fn the_testkit_is_a_dev_dependency() {
    let packages = packages();
    assert!(packages.iter().any(|package| package.name == DEV_ONLY));
    let mut violations = Vec::new();
    for package in packages {
        let uses = package.dependencies.iter().any(|used| used.name == DEV_ONLY && !used.in_tests);
        violations.extend(uses.then_some(package.folder));
    }
    assert_none("crates that depend on the testkit outside their tests", &violations);
}

#[test]
fn only_the_wrapping_crate_depends_on_a_library() {
    let mut violations = Vec::new();
    for package in packages() {
        for (wrapper, names) in WRAPPED {
            let wrapped = package.dependencies.iter().filter(|used| names.contains(&used.name.as_str()));
            violations.extend(
                wrapped
                    .filter(|_| package.folder != *wrapper)
                    .map(|used| format!("{} depends on {}, which {wrapper} wraps", package.folder, used.name)),
            );
        }
        let unused = package.dependencies.iter().filter(|used| UNUSED.contains(&used.name.as_str()));
        violations.extend(unused.map(|used| format!("{} depends on {}", package.folder, used.name)));
    }
    assert_none("dependencies outside the crate that wraps the library", &violations);
}

#[test]
fn crates_are_named_after_their_folders() {
    let mut violations = Vec::new();
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
            violations.push(format!("{folder} is named {name}, not {expected}"));
        }
    }
    assert_none("crates whose name differs from their folder", &violations);
}

#[test]
fn no_file_has_a_vague_name() {
    let mut violations = Vec::new();
    for package in packages() {
        for file in files(&root().join(&package.folder), ".rs") {
            let path = within(&file);
            let parts = path.trim_end_matches(".rs").split('/');
            violations.extend(parts.filter(|part| VAGUE_NAMES.contains(part)).map(|part| format!("{path}: {part}")));
        }
    }
    assert_none("vague names", &violations);
}

/// The names of the files and folders in a service's `src`.
fn modules(source: &Path) -> Vec<String> {
    let entries = fs::read_dir(source).into_iter().flatten();
    let names = entries.map(|entry| entry.expect("a folder can be listed").file_name().to_string_lossy().into_owned());
    names.map(|name| name.trim_end_matches(".rs").to_owned()).collect()
}

#[test]
fn every_service_has_the_same_files() {
    let mut violations = Vec::new();
    let services = packages().into_iter().filter(|package| matches("services/*", &package.folder));
    for Package { folder, .. } in services {
        let name = folder.trim_start_matches("services/");
        let extra = EXTRA_FILES.iter().find(|(service, _)| *service == name).map_or(&[][..], |(_, extra)| extra);
        let known = |module: &str| SERVICE_FILES.contains(&module) || extra.contains(&module);
        let modules = modules(&root().join(&folder).join("src"));
        violations
            .extend(modules.iter().filter(|module| !known(module)).map(|module| format!("{folder}/src/{module}")));
        let has = |path: &str| root().join(&folder).join(path).exists();
        if !has("tests/it/main.rs") {
            violations.push(format!("{folder} has no tests/it/main.rs"));
        }
        if has("migrations") != modules.iter().any(|module| module == "store") {
            violations.push(format!("{folder} has a store without migrations, or migrations without a store"));
        }
    }
    assert_none("files that differ from those of the other services", &violations);
}

#[test]
fn forbidden_dependencies_are_found() {
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
    let violations: Vec<_> = all.iter().flat_map(|package| violations_of(package, &all)).collect();
    assert_eq!(violations, ["services/orders uses services/payments", "platform/writer uses contracts"]);
}
