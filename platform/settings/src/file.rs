use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use toml::de::{DeTable, DeValue};

use super::{SettingsError, SettingsErrors};
use boxoffice_text::Text;

/// Maximum size of a configuration file, in bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// A configuration file: TOML with a table for each section.
#[derive(Clone, Debug)]
pub struct File {
    path: PathBuf,
    /// Tables by section; top-level settings have the empty name.
    tables: BTreeMap<String, Table>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub line: usize,
    pub entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub text: Text<'static>,
    pub line: usize,
}

impl File {
    /// Reads the configuration file at `path`.
    ///
    /// # Errors
    /// When the file cannot be read; otherwise all values that are not TOML or that no setting can have.
    pub fn read(path: &Path) -> Result<Self, SettingsErrors> {
        let read = || -> io::Result<String> {
            let mut text = String::new();
            fs::File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)?;
            if text.len() as u64 > MAX_FILE_BYTES { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
        };
        let unreadable = |error: io::Error| {
            SettingsErrors(vec![SettingsError::Unreadable { path: path.to_owned(), reason: error.to_string() }])
        };
        Self::parse(path, &read().map_err(unreadable)?)
    }

    /// Parses `text` as the content of the file at `path`.
    ///
    /// # Errors
    /// The text is not TOML, or has a value that no setting can have: an error for each, with its line.
    pub fn parse(path: &Path, text: &str) -> Result<Self, SettingsErrors> {
        let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let malformed =
            |at: usize, reason: String| SettingsError::Malformed { path: path.to_owned(), line: line_of(at), reason };
        let (document, errors) = DeTable::parse_recoverable(text);
        SettingsErrors::check(
            errors.iter().map(|e| malformed(e.span().unwrap_or_default().start, e.message().to_owned())).collect(),
        )?;
        let (mut tables, mut errors) = (BTreeMap::<String, Table>::new(), Vec::new());
        for (name, value) in document.get_ref() {
            let (section, entries, at) = match value.get_ref() {
                DeValue::Table(table) => (name.get_ref().to_string(), table.iter().collect(), name.span().start),
                _ => (String::new(), vec![(name, value)], 0),
            };
            let table = tables.entry(section).or_default();
            table.line = line_of(at);
            for (name, value) in entries {
                let at = name.span().start;
                match text_of(value.get_ref()) {
                    Some(text) => {
                        let entry = Entry { text, line: line_of(at) };
                        table.entries.insert(name.get_ref().to_string(), entry);
                    }
                    None => errors.push(malformed(
                        at,
                        format!(
                            "{} is a table: expected a text, a number, true, false or a list of them",
                            name.get_ref()
                        ),
                    )),
                }
            }
        }
        SettingsErrors::check(errors)?;
        Ok(Self { path: path.to_owned(), tables })
    }

    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The value of a command-line option and its line; `None` if the file does not set it.
    pub fn option(&self, key: &super::SettingKey) -> Option<(String, usize)> {
        let entry = self.table(&key.section)?.entries.get(&key.name)?;
        Some((entry.text.to_string(), entry.line))
    }

    pub(super) fn table(&self, section: &str) -> Option<&Table> {
        self.tables.get(section)
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = (&str, &Table)> {
        self.tables.iter().map(|(name, table)| (name.as_str(), table))
    }

    /// Formats the location of `what` for messages.
    pub(super) fn at(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path.display())
    }
}

/// Converts a TOML value to the text that a variable would have; `None` for a table.
fn text_of(value: &DeValue<'_>) -> Option<Text<'static>> {
    let text = match value {
        DeValue::String(text) => Text::Plain(text.to_string().into()),
        DeValue::Integer(number) => {
            let decimal = i64::from_str_radix(number.as_str(), number.radix()).map(|number| number.to_string());
            Text::Bare(decimal.unwrap_or_else(|_| number.as_str().to_owned()).into())
        }
        DeValue::Float(number) => Text::Bare(number.as_str().to_owned().into()),
        DeValue::Boolean(truth) => Text::Bare(truth.to_string().into()),
        DeValue::Datetime(time) => Text::Bare(time.to_string().into()),
        DeValue::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(|item| text_of(item.get_ref())).collect();
            Text::List(items?)
        }
        DeValue::Table(_) => return None,
    };
    Some(text)
}
