//! Walls between the layers of a service, read from its sources.

use std::{collections::BTreeMap, fs, path::Path};

use super::{
    assert_kept, files, root,
    rules::{LAYERS, Layer, SIGNS_OF_SQL, SQL_STANDS_IN},
    sources::Source,
    within,
};

/// A file of a service.
struct File {
    /// As it is written within the workspace.
    name: String,
    /// The module that it is: none for the front page.
    module: Vec<String>,
    source: Source,
}

/// The folders of all services.
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

    /// The path from the crate's root, for a path within the crate.
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

/// What the front page exports, with the layer that each name comes from.
fn exports(files: &[File]) -> BTreeMap<String, String> {
    let front = files.iter().filter(|file| file.module.is_empty());
    let paths = front.flat_map(|file| &file.source.paths).filter(|path| path.what.len() > 1);
    let of_layers = paths.filter(|path| LAYERS.iter().any(|layer| layer.name == path.what[0]));
    of_layers.filter_map(|path| Some((path.what.last()?.clone(), path.what[0].clone()))).collect()
}

/// Where the files of one service name a layer, or anything else, that theirs may not name.
fn trespasses(files: &[File]) -> Vec<String> {
    let exports = exports(files);
    let mut broken = Vec::new();
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
                    broken.push(format!("{place}: {} uses {other} ({named})", layer.name));
                }
            } else if layer.may_not_name.iter().any(|name| starts_with(&named, name)) {
                broken.push(format!("{place}: {} names {named}", layer.name));
            }
        }
    }
    broken
}

/// Whether `path` is `start`, or in it.
fn starts_with(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn sql_elsewhere(files: &[File]) -> Vec<String> {
    let elsewhere = files.iter().filter(|file| !file.module.iter().any(|part| part == SQL_STANDS_IN));
    let texts = elsewhere.flat_map(|file| file.source.texts.iter().map(move |text| (file, text)));
    texts
        .filter(|(_, text)| SIGNS_OF_SQL.iter().any(|sign| text.what.contains(sign)))
        .map(|(file, text)| format!("{}:{}: {}", file.name, text.line, text.what))
        .collect()
}

#[test]
fn layers_use_what_they_may() {
    let services = services();
    assert!(!services.is_empty(), "the services were not found");
    let broken: Vec<_> = services.iter().flat_map(|service| trespasses(&sources(service))).collect();
    assert_kept("a layer uses one that it may not", &broken);
}

#[test]
fn sql_stands_in_the_store() {
    let folders = services().into_iter().chain(["app".to_owned(), "contracts".to_owned()]);
    let broken: Vec<_> = folders.flat_map(|folder| sql_elsewhere(&sources(&folder))).collect();
    assert_kept("SQL stands outside the store", &broken);
}

#[test]
fn a_trespass_is_seen() {
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
    let broken = [
        "domain:1: domain uses commands (crate::Place)",
        "domain:1: domain names async",
        "commands/place:1: commands uses api (super::super::api::App)",
        "commands/place:1: commands names axum::Json",
    ];
    assert_eq!(trespasses(&files), broken);
    assert_eq!(sql_elsewhere(&files), ["api/list:1: \" AND id = ?\""]);
}
