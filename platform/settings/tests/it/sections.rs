//! Sections read from the environment and from a file, with all refusals and their messages.

use std::{fs, path::Path, time::Duration};

use boxoffice_settings::{File, Secret, Section, SectionSpec, Settings, SettingsErrors, Source};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

#[derive(Serialize, Deserialize, Validate, ToSchema, Debug, PartialEq)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
struct Inventory {
    /// Lifetime of a hold.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    hold_life: Duration,
    /// Maximum number of lines of a booking.
    #[garde(range(min = 1, max = 20))]
    lines: u32,
    /// Accepted currencies of payments.
    currencies: Vec<String>,
    open: bool,
    /// Password of the mail server.
    mail_password: Secret,
    #[schema(value_type = Option<String>)]
    database_url: Option<Url>,
    color: Color,
}

impl Section for Inventory {
    const NAME: &'static str = "inventory";
}

impl Default for Inventory {
    fn default() -> Self {
        Self {
            hold_life: Duration::from_secs(600),
            lines: 20,
            currencies: vec![],
            open: false,
            mail_password: Secret::default(),
            database_url: None,
            color: Color::Red,
        }
    }
}

#[derive(Serialize, Deserialize, ToSchema, Debug, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Color {
    Red,
    Blue,
}

/// A type whose error message contains the value.
#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(try_from = "String")]
struct Url(String);

impl TryFrom<String> for Url {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.starts_with("sqlite:") { Ok(Self(text)) } else { Err(format!("{text} has an unknown scheme")) }
    }
}

fn environment(variables: &[(&str, &str)]) -> Settings {
    Settings::from_env(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn file(text: &str) -> Result<File, SettingsErrors> {
    File::parse(Path::new("box.toml"), text)
}

fn inventory(variables: &[(&str, &str)], text: &str) -> Result<Inventory, String> {
    environment(variables).with_file(file(text).unwrap()).section().map_err(|error| error.to_string())
}

/// All errors, one for each line of the message.
fn errors(variables: &[(&str, &str)], text: &str) -> Vec<String> {
    let file = match file(text) {
        Ok(file) => file,
        Err(SettingsErrors(all)) => return all.iter().map(ToString::to_string).collect(),
    };
    let known = [SectionSpec::of::<Inventory>()];
    let checked = environment(variables).with_file(file).check(&known);
    checked.err().map_or_else(Vec::new, |SettingsErrors(all)| all.iter().map(ToString::to_string).collect())
}

#[test]
fn configured_values_override_defaults() {
    let read = inventory(
        &[
            ("PATH", "/bin"),
            ("BOXOFFICE_INVENTORY_HOLD_LIFE", "2s"),
            ("BOXOFFICE_INVENTORY_CURRENCIES", "EUR, CHF"),
            ("BOXOFFICE_INVENTORY_MAIL_PASSWORD", "1234"),
            ("BOXOFFICE_INVENTORY_DATABASE_URL", "sqlite:here"),
            ("BOXOFFICE_PAYMENTS_DEADLINE", "1m"),
        ],
        "",
    )
    .unwrap();
    assert_eq!((read.hold_life, read.lines), (Duration::from_secs(2), 20));
    assert_eq!(read.currencies, ["EUR", "CHF"]);
    assert_eq!((read.mail_password.expose(), read.database_url), ("1234", Some(Url("sqlite:here".into()))));
    assert_eq!(inventory(&[], ""), Ok(Inventory::default()));
}

#[test]
fn the_environment_takes_precedence_over_the_file() {
    let text =
        "[inventory]\nhold_life = '2s'\nlines = 0x0_5\nopen = true\ncurrencies = ['EUR', 'C,F']\ncolor = 'blue'\n";
    let read = inventory(&[], text).unwrap();
    assert_eq!((read.hold_life, read.lines, read.open), (Duration::from_secs(2), 5, true));
    assert_eq!((read.currencies, read.color), (vec!["EUR".to_owned(), "C,F".to_owned()], Color::Blue));
    let variables = [("BOXOFFICE_INVENTORY_HOLD_LIFE", "3s"), ("BOXOFFICE_INVENTORY_OPEN", "false")];
    let read = inventory(&variables, text).unwrap();
    assert_eq!((read.hold_life, read.lines, read.open), (Duration::from_secs(3), 5, false));
    // A value that the environment overrides is not validated.
    assert!(inventory(&variables, "[inventory]\nhold_life = 'soon'").is_ok());
}

#[test]
fn an_error_names_the_place_the_value_and_the_expectation() {
    const KNOWN: &str = "hold_life, lines, currencies, open, mail_password, database_url, color";
    let variables =
        KNOWN.split(", ").map(|name| format!("BOXOFFICE_INVENTORY_{}", name.to_uppercase())).collect::<Vec<_>>();
    for (variable, value, error) in [
        ("BOXOFFICE_INVENTORY_LINES", "many", "=\"many\": expected a whole number from 0 to 4294967295"),
        ("BOXOFFICE_INVENTORY_LINES", "21", "=\"21\": greater than 20"),
        ("BOXOFFICE_INVENTORY_HOLD_LIFE", "soon", "=\"soon\": expected a duration"),
        ("BOXOFFICE_INVENTORY_HOLDLIFE", "2s", &format!(" is unknown; the known ones are {}", variables.join(", "))),
    ] {
        let expected = format!("{variable}{error}");
        assert_eq!(inventory(&[(variable, value)], ""), Err(expected.clone()));
        assert_eq!(errors(&[(variable, value)], ""), [expected]);
    }
    for (line, error) in [
        ("lines = 'many'", "lines=\"many\": expected a whole number from 0 to 4294967295"),
        ("lines = 1.5", "lines=\"1.5\": expected a whole number from 0 to 4294967295"),
        ("lines = [1]", "lines=\"1\": expected a whole number from 0 to 4294967295 and no list"),
        ("lines = 21", "lines=\"21\": greater than 20"),
        ("hold_life = 2", "hold_life=\"2\": expected a text in quotes"),
        ("currencies = 7", "currencies=\"7\": expected a list"),
        ("open = 'maybe'", "open=\"maybe\": expected true or false"),
        ("color = 'green'", "color=\"green\": expected one of red, blue"),
        ("holdlife = 2", &format!("holdlife is unknown; the known ones are {KNOWN}")),
        (
            "hold_life_file = '/dev/null'",
            "hold_life_file=\"/dev/null\": expected the value itself: only secrets are read from files",
        ),
    ] {
        let text = format!("# a comment\n[inventory]\n\n{line}\n");
        assert_eq!(errors(&[], &text), [format!("box.toml:4: inventory.{error}")], "{line}");
    }
}

#[test]
fn all_errors_are_reported_at_once() {
    let text = "lost = 1\n[inventory]\nhold_life = 'soon'\nlines = 21\n[inventry]\nlines = 2\n";
    let all = errors(&[("BOXOFFICE_INVENTORY_COLOR", "green"), ("BOXOFFICE_LISTEN_ON", "1")], text);
    let starts = [
        "box.toml:1: lost is unknown",
        "box.toml:5: [inventry] belongs to no section; the known ones begin with [inventory]",
        "BOXOFFICE_LISTEN_ON belongs to no section; the known ones begin with BOXOFFICE_INVENTORY_",
        "BOXOFFICE_INVENTORY_COLOR=\"green\"",
        "box.toml:3: inventory.hold_life=\"soon\"",
        "box.toml:4: inventory.lines=\"21\"",
    ];
    assert_eq!(all.len(), starts.len(), "{all:#?}");
    for (line, start) in all.iter().zip(starts) {
        assert!(line.starts_with(start), "{line} does not start with {start}");
    }
}

#[test]
fn malformed_toml_is_refused_with_its_line() {
    for (text, error) in [
        ("a = 1\n[inventory\n", "box.toml:2: "),
        ("\n\nlines = = 2", "box.toml:3: "),
        ("[inventory]\nlines = 1\nlines = 2\n", "box.toml:3: "),
        ("[inventory.deep]\nlines = 1", "box.toml:1: deep is a table"),
        ("[[inventory]]\nlines = 1", "box.toml:1: inventory is a table"),
    ] {
        let all = errors(&[], text);
        assert!(all.first().is_some_and(|first| first.starts_with(error)), "{text:?}: {all:?}");
    }
    let missing = File::read(Path::new("/nowhere/box.toml")).unwrap_err().to_string();
    assert!(missing.starts_with("/nowhere/box.toml cannot be read: No such file"), "{missing}");
    let folder = File::read(Path::new("/")).unwrap_err().to_string();
    assert!(folder.starts_with("/ cannot be read: "), "{folder}");
}

#[test]
fn errors_hide_secrets() {
    let url = "postgres://ann:pass@host/db";
    let error = inventory(&[("BOXOFFICE_INVENTORY_DATABASE_URL", url)], "").unwrap_err();
    assert_eq!(error, "BOXOFFICE_INVENTORY_DATABASE_URL=***: is not valid");
    let error = inventory(&[], "[inventory]\nmail_password = 123456789").unwrap_err();
    assert_eq!(error, "box.toml:2: inventory.mail_password=***: expected a text in quotes");
    let settings = environment(&[("BOXOFFICE_INVENTORY_MAIL_PASSWORD", "hush")]);
    let read: Inventory = settings.section().unwrap();
    assert_eq!(read.mail_password.expose(), "hush");
    let listed = SectionSpec::of::<Inventory>().list(&settings);
    assert!(!format!("{read:?} {listed:?} {}", serde_json::to_string(&read).unwrap()).contains("hush"));
    let password = listed.iter().find(|setting| setting.key.name == "mail_password").unwrap();
    assert_eq!((&password.value, &password.default), (&json!("***"), &json!("")));
}

#[test]
fn a_secret_is_read_from_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    let name = path.to_str().unwrap();
    let variable = "BOXOFFICE_INVENTORY_MAIL_PASSWORD_FILE";
    let text = format!("[inventory]\nmail_password_file = '{name}'");
    for (content, secret) in
        [("hush", "hush"), ("hush\n", "hush"), ("hush \r\n", "hush "), ("a\nb\n", "a\nb"), ("", "")]
    {
        fs::write(&path, content).unwrap();
        for read in [inventory(&[(variable, name)], ""), inventory(&[], &text)] {
            assert_eq!(read.unwrap().mail_password.expose(), secret, "{content:?}");
        }
    }
    let over = inventory(&[("BOXOFFICE_INVENTORY_MAIL_PASSWORD", "loud")], &text).unwrap();
    assert_eq!(over.mail_password.expose(), "loud", "the environment takes precedence over the file in either form");
    let twice = inventory(&[(variable, name), ("BOXOFFICE_INVENTORY_MAIL_PASSWORD", "loud")], "");
    assert!(twice.unwrap_err().contains("MAIL_PASSWORD_FILE is set twice"));
    fs::write(&path, [b'x'; 70_000]).unwrap();
    let too_long = inventory(&[(variable, name)], "").unwrap_err();
    assert!(too_long.starts_with(&format!("{variable}=\"{name}\": expected a file that can be read: ")), "{too_long}");
    fs::write(&path, b"hush\xff").unwrap();
    assert!(!inventory(&[(variable, name)], "").unwrap_err().contains("hush"));
    let missing = inventory(&[(variable, "/nowhere/password")], "").unwrap_err();
    assert!(missing.contains("/nowhere/password") && missing.contains("No such file"), "{missing}");
}

#[test]
fn each_setting_has_a_description_and_a_source() {
    let settings = environment(&[("BOXOFFICE_INVENTORY_LINES", "3")]);
    let settings = settings.with_file(file("[inventory]\n\nhold_life = '90s'\nlines = 4").unwrap());
    let listed = SectionSpec::of::<Inventory>().list(&settings);
    let of = |name: &str| listed.iter().find(|setting| setting.key.name == name).unwrap();
    assert_eq!(listed[0].key.dotted(), "inventory.hold_life", "in the order of the fields");
    let hold_life = of("hold_life");
    assert_eq!((&hold_life.value, &hold_life.default), (&json!("1m 30s"), &json!("10m")));
    assert_eq!(hold_life.source, Source::File { path: "box.toml".into(), line: 3 });
    assert_eq!(hold_life.about, "Lifetime of a hold.");
    let lines = of("lines");
    let variable = "BOXOFFICE_INVENTORY_LINES".to_owned();
    assert_eq!((&lines.value, &lines.source), (&json!(3), &Source::Environment { variable }));
    assert_eq!((&of("open").value, &of("open").source), (&json!(false), &Source::Default));
    assert_eq!(of("database_url").value, json!(null));
}
