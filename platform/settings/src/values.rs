//! The configured values of a section, from the environment and the file.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{Settings, SettingsError, Source, dotted, variable};
use boxoffice_text::Text;

/// Suffix of a setting that names the file with a secret.
const FILE_SUFFIX: &str = "_file";

/// A value that the environment or the file sets.
pub(super) struct ConfiguredValue<'a> {
    /// Name of the field, which may be unknown.
    pub name: &'a str,
    /// The variable, or the file and line with the name.
    pub spelled: String,
    pub text: Text<'a>,
    pub source: Source,
}

/// The configured values of `section`, whose fields are `fields`. The environment takes precedence over the file.
///
/// # Errors
/// Each setting that is set twice in the environment or in the file.
pub(super) fn configured_values<'a>(
    settings: &'a Settings,
    section: &str,
    fields: &[&str],
) -> (Vec<ConfiguredValue<'a>>, Vec<SettingsError>) {
    let (mut all, mut repeated) = (BTreeMap::new(), Vec::new());
    for layer in [in_file(settings, section), in_environment(settings, section)] {
        let mut seen = BTreeSet::new();
        for value in layer {
            let value = value.read_from_file(fields);
            if !seen.insert(value.name) {
                repeated.push(SettingsError::Repeated { setting: value.spelled.clone() });
            }
            all.insert(value.name, value);
        }
    }
    (all.into_values().collect(), repeated)
}

fn in_file<'a>(settings: &'a Settings, section: &str) -> Vec<ConfiguredValue<'a>> {
    let Some((file, table)) = settings.file().and_then(|file| Some((file, file.table(section)?))) else {
        return Vec::new();
    };
    let entries = table.entries.iter();
    entries
        .map(|(name, entry)| ConfiguredValue {
            name,
            spelled: file.at(entry.line, &dotted(section, name)),
            text: entry.text.clone(),
            source: Source::File { path: file.path().to_owned(), line: entry.line },
        })
        .collect()
}

fn in_environment<'a>(settings: &'a Settings, section: &str) -> Vec<ConfiguredValue<'a>> {
    let ours = settings.environment.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix(section)?.strip_prefix('_')?;
        (!settings.is_option(section, name)).then_some((name, value))
    });
    ours.map(|(name, value)| {
        let spelled = variable(section, name);
        let source = Source::Environment { variable: spelled.clone() };
        ConfiguredValue { name, spelled, text: Text::Plain(value.into()), source }
    })
    .collect()
}

impl<'a> ConfiguredValue<'a> {
    /// Converts a value of `password_file` to the content of that file, if the section has a field `password` and none of
    /// the name `password_file`.
    fn read_from_file(self, fields: &[&str]) -> Self {
        let field = self.name.strip_suffix(FILE_SUFFIX).filter(|field| fields.contains(field));
        match field.filter(|_| !fields.contains(&self.name)) {
            Some(field) => Self { name: field, text: Text::InFile(Cow::Owned(self.text.to_string())), ..self },
            None => self,
        }
    }
}
