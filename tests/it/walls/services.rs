//! Dependencies between the layers of a service, read from its sources.

use std::{collections::BTreeMap, fs, path::Path};

use super::{
    assert_none, files, root,
    rules::{LAYERS, Layer, SQL_FRAGMENTS, SQL_MODULE},
    sources::Source,
    within,
};

/// A file of a service.
struct File {
    /// Its path from the root of the workspace.
    name: String,
    /// The path of its module; empty for `lib.rs`.
    module: Vec<String>,
    source: Source,
}

/// The folders of all services, sorted.
fn services() -> Vec<String> {
    let inside = fs::read_dir(root().join("services")).into_iter().flatten();
    let mut folders: Vec<_> = inside.map(|entry| within(&entry.expect("a folder can be listed").path())).collect();
    folders.sort();
    folders
}

fn sources(folder: &str) -> Vec<File> {
    let source = root().join(folder).join("src");
    files(&source, ".rs").iter().map(|file| read(file, &source)).collect()
}

fn read(file: &Path, source: &Path) -> File {
    let content = fs::read_to_string(file).expect("a file that was listed can be read");
    let path = file.strip_prefix(source).expect("it was listed in there").to_string_lossy();
    let mut module: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    module.pop_if(|last| matches!(last.as_str(), "lib" | "mod"));
    File { name: within(file), module, source: Source::read(&content) }
}

impl File {
    fn layer(&self) -> Option<&'static Layer> {
        LAYERS.iter().find(|layer| self.module.first().is_some_and(|first| first == layer.name))
    }

    /// A path of this file as a path from the crate root; `None` if it leads out of the crate.
    fn resolve(&self, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([&self.module, rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|word| *word == "super").count();
                let kept = self.module.len().saturating_sub(ups);
                Some([&self.module[..kept], &path[ups..]].concat())
            }
            _ => None,
        }
    }
}

/// The names that `lib.rs` exports, each with the layer that it comes from.
fn exports(files: &[File]) -> BTreeMap<String, String> {
    let root = files.iter().filter(|file| file.module.is_empty());
    let paths = root.flat_map(|file| &file.source.paths).filter(|path| path.what.len() > 1);
    let of_layers = paths.filter(|path| LAYERS.iter().any(|layer| layer.name == path.what[0]));
    of_layers.filter_map(|path| Some((path.what.last()?.clone(), path.what[0].clone()))).collect()
}

/// The uses of layers, crates and keywords in one service that the rules forbid.
fn violations_of(files: &[File]) -> Vec<String> {
    let exports = exports(files);
    let mut violations = Vec::new();
    for file in files {
        let Some(layer) = file.layer() else { continue };
        for path in &file.source.paths {
            let named = path.what.join("::");
            let place = format!("{}:{}", file.name, path.line);
            if let Some(inside) = file.resolve(&path.what) {
                let Some(first) = inside.first() else { continue };
                let other = exports.get(first).unwrap_or(first).as_str();
                let is_layer = LAYERS.iter().any(|layer| layer.name == other);
                if is_layer && other != layer.name && !layer.may_use.contains(&other) {
                    violations.push(format!("{place}: {} uses {other} ({named})", layer.name));
                }
            } else if layer.may_not_name.iter().any(|name| starts_with(&named, name)) {
                violations.push(format!("{place}: {} names {named}", layer.name));
            }
        }
    }
    violations
}

/// Whether `path` is `start` or an item inside it.
fn starts_with(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn sql_outside_the_store(files: &[File]) -> Vec<String> {
    let outside = files.iter().filter(|file| !file.module.iter().any(|part| part == SQL_MODULE));
    let texts = outside.flat_map(|file| file.source.texts.iter().map(move |text| (file, text)));
    texts
        .filter(|(_, text)| SQL_FRAGMENTS.iter().any(|sign| text.what.contains(sign)))
        .map(|(file, text)| format!("{}:{}: {}", file.name, text.line, text.what))
        .collect()
}

#[test]
fn layers_use_only_what_the_rules_allow() {
    let services = services();
    assert!(!services.is_empty(), "the services were not found");
    let violations: Vec<_> = services.iter().flat_map(|service| violations_of(&sources(service))).collect();
    assert_none("uses between layers that tests/it/walls/rules.rs does not allow", &violations);
}

#[test]
fn only_the_store_contains_sql() {
    let folders = services().into_iter().chain(["app".to_owned(), "contracts".to_owned()]);
    let violations: Vec<_> = folders.flat_map(|folder| sql_outside_the_store(&sources(&folder))).collect();
    assert_none("SQL outside the store", &violations);
}

#[test]
fn forbidden_uses_are_found() {
    let file = |module: &[&str], content: &str| File {
        name: module.join("/"),
        module: module.iter().map(|part| (*part).to_owned()).collect(),
        source: Source::read(content),
    };
    let files = [
        file(&[], "mod api; pub use commands::Place; pub use error::Refusal;"),
        file(&["domain"], "use crate::Refusal; use crate::{Place, store::Row}; async fn f() {}"),
        file(&["commands", "place"], "use super::super::api::App; use super::Actor; use axum::Json;"),
        file(&["api", "list"], "use super::{App, found}; use crate::store; const TAIL: &str = \" AND id = ?\";"),
        file(&["store", "reads"], "const TAIL: &str = \"WHERE id = ?\";"),
    ];
    let violations = [
        "domain:1: domain uses commands (crate::Place)",
        "domain:1: domain uses store (crate::store::Row)",
        "domain:1: domain names async",
        "commands/place:1: commands uses api (super::super::api::App)",
        "commands/place:1: commands names axum::Json",
    ];
    assert_eq!(violations_of(&files), violations);
    assert_eq!(sql_outside_the_store(&files), ["api/list:1: \" AND id = ?\""]);
}
