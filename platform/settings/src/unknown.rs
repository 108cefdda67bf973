//! Settings that no section and no command-line option has.

use super::{File, SectionSpec, Settings, SettingsError, dotted, file::Table, variable};

/// All settings that belong neither to one of `sections` nor to the command line.
pub(super) fn unknown_settings(settings: &Settings, sections: &[SectionSpec]) -> Vec<SettingsError> {
    let sections: Vec<&str> = sections.iter().map(|section| section.name).collect();
    let mut unknown = Vec::new();
    if let Some(file) = settings.file() {
        for (name, table) in file.tables().filter(|(name, _)| !sections.contains(name)) {
            in_table(settings, file, (name, table), &sections, &mut unknown);
        }
    }
    unknown.extend(in_environment(settings, &sections));
    unknown
}

/// The unknown settings of a table that belongs to no section. The top level may contain command-line options.
fn in_table(
    settings: &Settings,
    file: &File,
    (section, table): (&str, &Table),
    sections: &[&str],
    unknown: &mut Vec<SettingsError>,
) {
    if !section.is_empty() {
        let known = sections.iter().map(|name| format!("[{name}]")).collect();
        unknown.push(SettingsError::UnknownSection { setting: file.at(table.line, &format!("[{section}]")), known });
        return;
    }
    let options = settings.options.iter().filter(|option| option.is_in_file());
    let known: Vec<String> = options.map(|option| option.name.clone()).collect();
    let strange = table.entries.iter().filter(|(name, _)| !known.contains(name));
    unknown.extend(strange.map(|(name, entry)| SettingsError::Unknown {
        setting: file.at(entry.line, &dotted(section, name)),
        known: known.clone(),
    }));
}

fn in_environment(settings: &Settings, sections: &[&str]) -> impl Iterator<Item = SettingsError> {
    let known: Vec<String> = sections.iter().map(|section| variable(section, "") + "_").collect();
    let variables = settings.environment.keys().map(|name| variable("", name));
    let unknown: Vec<String> = variables
        .filter(|variable| {
            !known.iter().any(|prefix| variable.starts_with(prefix))
                && !settings.options.iter().any(|option| option.variable() == *variable)
        })
        .collect();
    unknown.into_iter().map(move |setting| SettingsError::UnknownSection { setting, known: known.clone() })
}
