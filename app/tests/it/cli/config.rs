//! Settings from the configuration file, the environment and options, and their precedence.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::program::{CommandOutput, Serving, fresh_folder, run, run_in};

/// Writes a configuration file with this text and returns its path.
fn file(folder: &Path, text: &str) -> String {
    let path = folder.join("box.toml");
    fs::write(&path, text).expect("the target folder is writable");
    path.to_str().expect("the target folder is Unicode").to_owned()
}

/// A setting in the output of `config show --json`.
fn setting(arguments: &[&str], environment: &[(&str, &str)], name: &str) -> Value {
    let CommandOutput { code, out, err } = run(&[&["config", "show", "--json"], arguments].concat(), environment);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let all: Vec<Value> = serde_json::from_str(&out).expect("the text is JSON");
    all.into_iter().find(|setting| setting["name"] == name).expect("the setting is listed")
}

#[test]
fn options_take_precedence_over_the_environment_the_file_and_the_default() {
    let folder = fresh_folder("cli-config-order");
    let path = file(&folder, "listen = '127.0.0.1:3'\nlog = 'warn'\n[inventory]\nhold_life = '2s'\n");
    let config = ["--config", path.as_str()];
    let of_file = |line: u64| json!({"kind": "file", "path": path, "line": line});
    let of_variable = |variable: &str| json!({"kind": "environment", "variable": variable});
    let (listen, hold_life) = (("BOXOFFICE_LISTEN", "127.0.0.1:2"), ("BOXOFFICE_INVENTORY_HOLD_LIFE", "3s"));

    let default = setting(&[], &[], "listen");
    assert_eq!((&default["value"], &default["source"]), (&json!("127.0.0.1:8080"), &json!({"kind": "default"})));
    let from_file = setting(&config, &[], "listen");
    assert_eq!((&from_file["value"], &from_file["source"]), (&json!("127.0.0.1:3"), &of_file(1)));
    let from_variable = setting(&config, &[listen], "listen");
    assert_eq!((&from_variable["value"], &from_variable["source"]), (&json!("127.0.0.1:2"), &of_variable(listen.0)));
    let flag = setting(&[&config[..], &["--listen", "127.0.0.1:1"]].concat(), &[listen], "listen");
    let source = json!({"kind": "flag", "option": "--listen"});
    assert_eq!((&flag["value"], &flag["source"]), (&json!("127.0.0.1:1"), &source));

    let from_file = setting(&[], &[("BOXOFFICE_CONFIG", &path)], "inventory.hold_life");
    assert_eq!((&from_file["value"], &from_file["source"]), (&json!("2s"), &of_file(4)));
    let from_variable = setting(&config, &[hold_life], "inventory.hold_life");
    assert_eq!((&from_variable["value"], &from_variable["source"]), (&json!("3s"), &of_variable(hold_life.0)));
    assert_eq!(from_variable["default"], "10m");

    let table = run(&["config", "show", "--changed", "--config", &path], &[hold_life]).out;
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    let (first, second) = (format!("{path}:1"), format!("{path}:2"));
    assert_eq!(
        lines,
        [
            ["setting", "value", "from"],
            ["listen", "127.0.0.1:3", &first],
            ["log", "warn", &second],
            ["inventory.hold_life", "3s", hold_life.0],
        ]
    );
}

#[test]
fn all_errors_are_reported_at_once_with_their_locations() {
    let folder = fresh_folder("cli-config-check");
    let fine = file(&folder, "log_format = 'json'\n[payments]\nmax_concurrent_calls = 8\n");
    let CommandOutput { code, out, err } = run(&["config", "check", "--config", &fine], &[]);
    assert_eq!((code, out, err.as_str()), (Some(0), format!("{fine} and the environment are valid.\n"), ""));

    let bad = file(
        &folder,
        "listen = 'here'\nlisen = 1\n[payments]\nmax_concurrent_calls = 1\nprovider = 'pigeon:'\n[identity]\nissuer = 'me'\n[bokings]\n",
    );
    let environment = [("BOXOFFICE_OUTBOX_LIFE", "long"), ("BOXOFFICE_LOG", "=loud"), ("BOXOFFICE_FOO_BAR", "1")];
    let CommandOutput { code, out, err } = run(&["config", "check", "--config", &bad], &environment);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    for error in [
        format!("{bad}:1: listen=\"here\": "),
        format!("{bad}:2: lisen is unknown; the known ones are data, demo, listen, log, log_format"),
        format!("{bad}:4: payments.max_concurrent_calls=\"1\": lower than 4"),
        format!("{bad}:5: payments.provider=\"pigeon:\": expected simulated:"),
        format!("{bad}:7: identity.issuer=\"me\": the issuer must be"),
        format!("{bad}:8: [bokings] belongs to no section; the known ones begin with [gateway], [identity]"),
        "BOXOFFICE_OUTBOX_LIFE=\"long\": expected a duration".to_owned(),
        "BOXOFFICE_LOG=\"=loud\": not a log filter".to_owned(),
        "BOXOFFICE_FOO_BAR belongs to no section".to_owned(),
    ] {
        assert!(err.lines().any(|line| line.trim().starts_with(&error)), "{error} is not in\n{err}");
    }
    assert!(err.contains("9 settings are invalid"), "{err}");
    // Options of single commands cannot be set in the file.
    let with_command_option = file(&folder, "[restore]\nforce = true\n");
    let refused = run(&["config", "check", "--config", &with_command_option], &[]);
    assert!(refused.code == Some(1) && refused.err.contains(":1: [restore] belongs to no section"), "{refused:?}");
    let data = folder.join("data");
    let data = data.to_str().expect("the target folder is Unicode");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data", data, "--config", &bad];
    assert_eq!(run(&serve, &[]).code, Some(1), "the program does not start");
    assert!(!Path::new(data).exists(), "a refused start creates nothing");
}

#[test]
fn an_unreadable_configuration_file_is_an_error() {
    let folder = fresh_folder("cli-config-named");
    let missing = folder.join("missing.toml");
    let missing = missing.to_str().expect("the target folder is Unicode");
    let garbled = file(&folder, "listen = '127.0.0.1:0'\n[inventory\n");
    for command in [&["serve"][..], &["token", "--subject", "ann"], &["config", "show"], &["config", "check"]] {
        let refused = run(&[command, &["--config", missing]].concat(), &[]);
        assert!(refused.code == Some(1) && refused.err.contains("missing.toml cannot be read: No such"), "{refused:?}");
        let refused = run(command, &[("BOXOFFICE_CONFIG", &garbled)]);
        assert!(refused.code == Some(1) && refused.err.contains(&format!("{garbled}:2: ")), "{refused:?}");
    }
    let verify = run(&["verify", "--config", missing], &[]);
    assert_eq!(verify.code, Some(3), "the exit code of an audit that could not run: {verify:?}");
    let help = run(&["serve", "--config", missing, "--help"], &[]);
    assert_eq!(help.code, Some(0), "{help:?}");
}

#[test]
fn boxoffice_toml_in_the_working_directory_is_the_default_file() {
    let folder = fresh_folder("cli-config-default");
    fs::write(folder.join("boxoffice.toml"), "[inventory]\nhold_life = '2s'\n").expect("the target folder is writable");
    let table = run_in(&folder, &["config", "show", "--changed"], &[]).out;
    assert!(table.lines().any(|line| line.ends_with("2s     boxoffice.toml:2")), "{table}");
    let named = file(&folder, "");
    let table = run_in(&folder, &["config", "show", "--changed", "--config", &named], &[]).out;
    assert_eq!(table.lines().count(), 1, "the named file replaces the default file: {table}");
    fs::write(folder.join("boxoffice.toml"), "[inventory").expect("the target folder is writable");
    let refused = run_in(&folder, &["token", "--subject", "ann"], &[]);
    assert!(refused.code == Some(1) && refused.err.contains("boxoffice.toml:1: "), "{refused:?}");
}

#[tokio::test]
async fn serve_uses_the_configuration_file() {
    let folder = fresh_folder("cli-config-serve");
    let path = file(&folder, "listen = '127.0.0.1:0'\ndemo = false\nlog_format = 'json'\nlog = 'info'\n");
    let serving = Serving::start_at(&folder.join("data"), &["--config", &path], &[]).await;
    let (out, err) = (serving.out(), serving.err());
    assert!(out.contains(&format!("settings       {path}")) && !out.contains("TOKEN="), "{out}");
    assert!(err.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{err}");
}
