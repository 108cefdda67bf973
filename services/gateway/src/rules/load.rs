//! Loads rule files into a table of paths.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::http::{HeaderValue, Method};

use super::{
    file::RuleFile,
    rule::{Rule, definition},
};
use crate::upstreams::{Upstream, allow, operations};

/// The built-in rule files, by their names in `services/gateway/rules/`.
pub const BUILT_IN: &[(&str, &str); 3] = &[
    ("000-002.toml", include_str!("../../rules/000-002.toml")),
    ("003.toml", include_str!("../../rules/003.toml")),
    ("004.toml", include_str!("../../rules/004.toml")),
];

/// Maximum size of a rule file, in bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Error of a rule file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {}{reason}", rule.as_ref().map(|rule| format!("{rule:?}: ")).unwrap_or_default())]
pub struct RuleError {
    /// Name of the file.
    pub file: String,
    /// `from` of the rule, or the name of the shape; `None` for an error of the whole file.
    pub rule: Option<String>,
    /// Description for the author of the rule.
    pub reason: String,
}

/// All compiled rules, by path.
pub struct Rules {
    pub(super) files: Vec<(String, RuleFile)>,
    /// The rules, each with the index of its file.
    pub(super) all: Vec<(usize, Arc<Rule>)>,
    table: matchit::Router<Entry>,
}

struct Entry {
    rules: Vec<Arc<Rule>>,
    allow: HeaderValue,
}

/// The rule of a request.
pub(crate) struct Found {
    /// The rule that matches.
    pub rule: Arc<Rule>,
    /// The path parameters, still encoded.
    pub path: Vec<(String, String)>,
}

impl Rules {
    /// Compiles the built-in rules, such as [`BUILT_IN`], and the rules of an operator: one file, or all files `*.toml` of a
    /// folder in the order of their names. An operator's rule replaces a built-in rule for the same method and path.
    ///
    /// # Errors
    /// The first file that cannot be read, or the first rule that is invalid, with its file and line.
    pub fn read(built_in: &[(&str, &str)], own: Option<&Path>) -> Result<Self, RuleError> {
        let mut files = Vec::new();
        for (name, text) in built_in {
            files.push(parsed(format!("{name} (built in)"), text)?);
        }
        for path in own.map(files_at).transpose()?.unwrap_or_default() {
            let name = path.display().to_string();
            let text = read_file(&path).map_err(|reason| RuleError { file: name.clone(), rule: None, reason })?;
            files.push(parsed(name, &text)?);
        }
        let mut all: Vec<(usize, Arc<Rule>)> = Vec::new();
        for (number, (name, file)) in files.iter().enumerate() {
            for rule in compiled(name, file)? {
                let same = |(_, other): &(usize, Arc<Rule>)| {
                    other.method == rule.method && shape(&other.from) == shape(&rule.from)
                };
                match all.iter().position(same) {
                    Some(at) if all[at].0 < built_in.len() && number >= built_in.len() => all.remove(at).0,
                    Some(at) => return Err(twice(name, &rule, &files[all[at].0].0)),
                    None => 0,
                };
                all.push((number, Arc::new(rule)));
            }
        }
        let table = table(&files, &all)?;
        Ok(Self { files, all, table })
    }

    /// Checks that the target of every rule is documented by one of `upstreams`, and that no rule hides a documented path.
    ///
    /// # Errors
    /// The first rule whose target is not documented, or that hides a documented path.
    pub fn check(&self, upstreams: &[Upstream]) -> Result<(), RuleError> {
        let paths = || upstreams.iter().flat_map(|upstream| &upstream.api.paths.paths);
        let documented = |method: &Method, path: &str| {
            let mut items = paths().filter(|(documented, _)| *documented == path);
            items.any(|(_, item)| operations(item).any(|(name, _)| name == method.as_str()))
        };
        for (number, rule) in &self.all {
            let wrong = |reason: String| RuleError {
                file: self.files[*number].0.clone(),
                rule: Some(rule.text.from.clone()),
                reason,
            };
            if let Some((method, path)) = rule.canonical()
                && !documented(method, path)
            {
                return Err(wrong(format!("no service documents {method} {path}")));
            }
            if paths().any(|(path, _)| shape(path) == shape(&rule.from)) {
                return Err(wrong("a service documents this path".into()));
            }
        }
        Ok(())
    }

    /// Whether a rule exists for the `path` of a request.
    pub(crate) fn knows(&self, path: &str) -> bool {
        self.table.at(path).is_ok()
    }

    /// The canonical route, with parameters in braces, of a request with a rule.
    pub(crate) fn canonical(&self, method: &Method, path: &str) -> Option<(&Method, &str)> {
        self.table.at(path).ok()?.value.rule(method)?.canonical()
    }

    /// The rule for `method` and a path that has rules.
    ///
    /// # Errors
    /// The value of `Allow` when no rule has the method.
    ///
    /// # Panics
    /// When the path has no rule.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Found, &HeaderValue> {
        let found = self.table.at(path).expect("the caller checked that the path has a rule");
        let rule = found.value.rule(method);
        let path = found.params.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        rule.map(|rule| Found { rule: rule.clone(), path }).ok_or(&found.value.allow)
    }
}

impl Entry {
    /// The rule for `method`. A rule for GET also serves HEAD.
    fn rule(&self, method: &Method) -> Option<&Arc<Rule>> {
        let is = |method: &Method| self.rules.iter().find(|rule| rule.method == *method);
        is(method).or_else(|| (*method == Method::HEAD).then(|| is(&Method::GET)).flatten())
    }
}

fn parsed(name: String, text: &str) -> Result<(String, RuleFile), RuleError> {
    match toml::from_str(text) {
        Ok(file) => Ok((name, file)),
        Err(error) => Err(RuleError { file: name, rule: None, reason: error.to_string().trim_end().to_owned() }),
    }
}

fn compiled(name: &str, file: &RuleFile) -> Result<Vec<Rule>, RuleError> {
    let wrong = |rule: &str, reason: String| RuleError { file: name.to_owned(), rule: Some(rule.to_owned()), reason };
    let mut definitions = String::new();
    for (shape, fields) in &file.shapes {
        let definition = definition(shape, fields);
        // A shape is compiled before its own definition, so it cannot call itself and every filter terminates.
        let is_plain = shape.starts_with(|c: char| c.is_ascii_lowercase())
            && shape.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_plain {
            return Err(wrong(shape, "the name of a shape must be lower-case letters, digits and underscores".into()));
        }
        let body = definition.trim_start_matches(&format!("def {shape}: ")).trim_end_matches([';', '\n']);
        super::filter::Filter::compile(&definitions, body).map_err(|reason| wrong(shape, reason))?;
        definitions.push_str(&definition);
    }
    let rule = |text| Rule::compile(text, &definitions).map_err(|reason| wrong(&text.from, reason));
    file.rules.iter().map(rule).collect()
}

fn table(files: &[(String, RuleFile)], all: &[(usize, Arc<Rule>)]) -> Result<matchit::Router<Entry>, RuleError> {
    let mut paths: BTreeMap<&str, Vec<(usize, Arc<Rule>)>> = BTreeMap::new();
    for (number, rule) in all {
        paths.entry(&rule.from).or_default().push((*number, rule.clone()));
    }
    let mut table = matchit::Router::new();
    for (path, rules) in paths {
        let (number, first) = rules[0].clone();
        let rules: Vec<_> = rules.into_iter().map(|(_, rule)| rule).collect();
        let allow = allow(rules.iter().map(|rule| &rule.method));
        table.insert(path, Entry { rules, allow }).map_err(|error| RuleError {
            file: files[number].0.clone(),
            rule: Some(first.text.from.clone()),
            reason: format!("the path conflicts with another one: {error}"),
        })?;
    }
    Ok(table)
}

/// A path without the names of its parameters: two paths of the same pattern conflict.
fn shape(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

fn twice(name: &str, rule: &Rule, other: &str) -> RuleError {
    let reason = format!("{other} already has a rule for this route");
    RuleError { file: name.to_owned(), rule: Some(rule.text.from.clone()), reason }
}

fn files_at(path: &Path) -> Result<Vec<PathBuf>, RuleError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
    let mut files: Vec<PathBuf> = entries.map_err(|error| RuleError {
        file: path.display().to_string(),
        rule: None,
        reason: format!("cannot be read: {error}"),
    })?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    Ok(files)
}

fn read_file(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    if fs::metadata(path).map_err(unreadable)?.len() > MAX_FILE_BYTES {
        return Err(format!("is larger than {MAX_FILE_BYTES} bytes"));
    }
    fs::read_to_string(path).map_err(unreadable)
}
