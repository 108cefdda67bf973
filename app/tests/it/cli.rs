//! The command line: output, errors and exit codes.

mod config;
pub mod dead_letters;
mod doctor;
mod keys;
pub mod program;

use std::os::unix::fs::PermissionsExt as _;

use reqwest::StatusCode;
use serde_json::{Value, json};

use self::program::{CommandOutput, Serving, fresh_folder, run};

const COMMANDS: &[&[&str]] = &[
    &[],
    &["serve"],
    &["token"],
    &["verify"],
    &["backup"],
    &["restore"],
    &["sizes"],
    &["outbox"],
    &["outbox", "list"],
    &["outbox", "replay"],
    &["keys"],
    &["keys", "list"],
    &["keys", "rotate"],
    &["keys", "retire"],
    &["doctor"],
    &["config"],
    &["config", "show"],
    &["config", "check"],
    &["config", "sample"],
    &["dead-letters"],
    &["dead-letters", "list"],
    &["dead-letters", "show"],
    &["dead-letters", "replay"],
    &["dead-letters", "discard"],
    &["rules"],
    &["rules", "check"],
];

#[test]
fn every_command_has_help() {
    for command in COMMANDS {
        let CommandOutput { code, out, err } = run(&[*command, &["--help"]].concat(), &[]);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{command:?}");
        assert!(out.contains("Usage: boxoffice"), "{command:?}: {out}");
        let options = out.lines().filter(|line| line.trim_start().starts_with("--"));
        for option in options.filter(|option| option.contains('<') || option.contains('[')) {
            let name = option.trim().trim_start_matches("--").split([' ', '[']).next().unwrap_or_default();
            let variable = name.replace('-', "_").to_uppercase();
            assert!(out.contains(&variable), "{command:?}: {option} has no environment variable in\n{out}");
        }
    }
    for command in COMMANDS.iter().filter(|command| command.len() == 1).map(|command| command[0]) {
        assert!(run(&["--help"], &[]).out.contains(command), "the help of the program does not list {command}");
    }
}

/// Arguments, environment, and texts that the error must contain.
type InvalidInvocation = (&'static [&'static str], &'static [(&'static str, &'static str)], &'static [&'static str]);

const INVALID_INVOCATIONS: &[InvalidInvocation] = &[
    (&["serv"], &[], &["unrecognized subcommand 'serv'", "serve"]),
    (
        &["serve", "booking"],
        &[],
        &["service \"booking\" does not exist", "gateway, users, inventory, bookings, orders"],
    ),
    (&["serve", "bookings", "orders"], &[], &["fewer than all", "requires a broker", "gateway, users, inventory"]),
    (&["serve", "--listen", "x"], &[], &["'x'", "--listen <ADDRESS:PORT>"]),
    (&["serve"], &[("BOXOFFICE_LISTEN", "x")], &["'x'", "--listen <ADDRESS:PORT>"]),
    (&[], &[("BOXOFFICE_LISTEN", "localhost")], &["'localhost'", "--listen <ADDRESS:PORT>"]),
    (&["serve"], &[("BOXOFFICE_DEMO", "maybe")], &["'maybe'", "--demo", "true, false"]),
    (&["serve"], &[("BOXOFFICE_LOG", "=loud")], &["not a log filter such as `info`"]),
    (&["serve"], &[("BOXOFFICE_LOG_FORMAT", "xml")], &["\"xml\"", "human, json"]),
    (
        &["serve"],
        &[("BOXOFFICE_INVENTORY_HOLD_LIFE", "soon")],
        &["BOXOFFICE_INVENTORY_HOLD_LIFE=\"soon\": expected a duration"],
    ),
    (
        &["serve"],
        &[("BOXOFFICE_INVENTORY_HOLDLIFE", "1s")],
        &["BOXOFFICE_INVENTORY_HOLDLIFE is unknown", "BOXOFFICE_INVENTORY_HOLD_LIFE"],
    ),
    (
        &["serve"],
        &[("BOXOFFICE_FOO_BAR", "1")],
        &["BOXOFFICE_FOO_BAR belongs to no section", "BOXOFFICE_INVENTORY_", "BOXOFFICE_OUTBOX_"],
    ),
    (
        &["serve"],
        &[("BOXOFFICE_PAYMENTS_MAX_CONCURRENT_CALLS", "1")],
        &["BOXOFFICE_PAYMENTS_MAX_CONCURRENT_CALLS=\"1\"", "4"],
    ),
    (&["serve"], &[("BOXOFFICE_IDENTITY_ISSUER", "here")], &["here", "http"]),
    (&["token"], &[], &["--subject <SUBJECT>"]),
    (&["token", "--subject", "ann", "--scope", "boss"], &[], &["boss", "customer, organizer, operator"]),
    (&["token", "--subject", "ann", "--scope", ""], &[], &["at least one of customer, organizer, operator"]),
    (&["token", "--subject", "ann", "--ttl", "soon"], &[], &["soon", "a duration such as 15m"]),
    (&["token", "--subject", "ann", "--ttl", "0s"], &[], &["from 1s to 1 year"]),
    (&["token", "--subject", "ann", "--ttl", "2y"], &[], &["from 1s to 1 year"]),
    (&["token", "--subject", "ann"], &[], &["contains no keys", "--data"]),
    (&["keys", "list"], &[], &["contains no data", "--data"]),
    (&["keys", "rotate", "--overlap", "soon"], &[], &["soon", "a duration such as 2h"]),
    (&["keys", "rotate"], &[("BOXOFFICE_KEYS_OVERLAP", "2y")], &["at most 366 days"]),
    (&["keys", "retire", "x"], &[], &["contains no data", "--data"]),
    (&["keys", "retire", "-2x", "--force"], &[], &["contains no data", "--data"]),
    (&["keys", "retire", "--force", "-2x"], &[], &["contains no data", "--data"]),
    (&["keys", "retire", "--force"], &[], &["<ID>"]),
    (&["doctor", "--free", "much"], &[], &["'much'", "--free <BYTES>"]),
    (&["backup", "--to", "unused"], &[], &["contains no data", "--data"]),
    (&["restore"], &[], &["--from <DIR>"]),
    (&["sizes"], &[], &["contains no data", "--data"]),
    (&["outbox", "list"], &[], &["--since <DURATION|TIME>"]),
    (&["outbox", "replay", "--since", "soon"], &[], &["soon", "a duration such as 2h", "2030-06-01T19:30:00Z"]),
    (&["outbox", "replay", "--since", "1h", "--from", "booking"], &[], &["booking", "bookings", "--from <SERVICE>"]),
    (&["outbox", "replay", "--since", "1h", "--key", "7"], &[], &["--key <BOOKING>"]),
    (&["outbox", "replay", "--since", "1h"], &[], &["contains no data", "--data"]),
    (&["restore", "--from", "/nowhere/at/all"], &[], &["/nowhere/at/all is not a complete backup", "manifest.json"]),
    (&["dead-letters", "list"], &[], &["contains no data", "--data"]),
    (&["dead-letters", "show", "orders/payments/1"], &[], &["contains no data", "--data"]),
    (&["dead-letters", "replay", "orders/payments/1"], &[], &["contains no data", "--data"]),
    (&["dead-letters", "discard", "orders/payments/1"], &[], &["--reason <TEXT>"]),
    (&["dead-letters", "discard", "orders/payments/1", "--reason", " "], &[], &["1 to 500 characters"]),
    (&["dead-letters", "discard", "orders/payments/1", "--reason", "no use"], &[], &["contains no data", "--data"]),
    (&["dead-letters", "replay", "orders/payments/x"], &[], &["orders/payments/x", "SERVICE/SOURCE/POSITION"]),
];

#[test]
fn an_invalid_invocation_reports_what_was_expected() {
    let folder = fresh_folder("cli-invalid");
    for (number, (arguments, environment, reasons)) in INVALID_INVOCATIONS.iter().enumerate() {
        // A folder for each, because a refused start may have created files.
        let data = folder.join(number.to_string());
        let data = [("BOXOFFICE_DATA", program::text(&data))];
        // Port 0, so that a start that succeeds by mistake uses a free port.
        let listen = [("BOXOFFICE_LISTEN", "127.0.0.1:0")];
        let all = [&listen, &data, *environment].concat();
        let CommandOutput { code, out, err } = run(arguments, &all);
        assert!(matches!(code, Some(1 | 2)), "{arguments:?} {environment:?}: {code:?} {out} {err}");
        for reason in *reasons {
            assert!(err.contains(reason), "{arguments:?} {environment:?} does not report {reason:?}: {err}");
        }
        assert_eq!(out, "", "an error goes to stderr");
    }
}

#[test]
fn an_audit_that_cannot_run_has_its_own_exit_code() {
    let data = fresh_folder("cli-verify");
    let data = program::text(&data);
    for (arguments, reason) in [
        (["verify", "--data", data], "contains no data"),
        (["verify", "--wait", "soon"], "soon"),
        (["verify", "--wat", "1s"], "--wat"),
        (["verify", "--data", "/nowhere/at/all"], "contains no data"),
    ] {
        let CommandOutput { code, err, .. } = run(&arguments, &[]);
        assert_eq!(code, Some(3), "{arguments:?}: {err}");
        assert!(err.contains(reason), "{arguments:?}: {err}");
    }
}

#[tokio::test]
async fn a_first_start_accepts_bookings_and_a_restart_keeps_them() {
    let data = fresh_folder("cli-first").join("data");
    let data = data.as_path();
    // A start that fails on an invalid setting must not create the demo catalog.
    let typo = run(
        &["serve", "--listen", "127.0.0.1:0", "--data", &data.to_string_lossy()],
        &[("BOXOFFICE_INVENTORY_HOLD_LIFE", "soon")],
    );
    assert_eq!(typo.code, Some(1), "{}", typo.err);

    let mut serving = Serving::start(data, &[], &[("BOXOFFICE_LOG", "debug")]).await;
    let banner = serving.out();
    for line in ["/docs", "/health", "client secret", "issuer         http://localhost:8080", "tok_declined"] {
        assert!(banner.contains(line), "{line} is not in\n{banner}");
    }
    let token = banner
        .lines()
        .find_map(|line| line.trim().strip_prefix("TOKEN="))
        .expect("the banner has the token of the demo customer");
    let placed = book(&serving, token, "tok_ok").await;
    assert_eq!((placed.0, &placed.1["status"]), (StatusCode::CREATED, &json!("CONFIRMED")), "{}", placed.1);

    let mode = std::fs::metadata(data).expect("the data folder exists").permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "only the owner can read e-mails and keys");
    let secret: Value =
        serde_json::from_slice(&std::fs::read(data.join("identity/client.json")).expect("the file exists"))
            .expect("the text is JSON");
    let secret = secret["client_secret"].as_str().expect("the client has a secret").to_owned();
    assert!(banner.contains(&data.join("identity/client.json").display().to_string()) && !banner.contains(&secret));
    for hidden in [token, &secret, "tok_ok"] {
        assert!(!serving.err().contains(hidden), "{hidden} is in a log:\n{}", serving.err());
    }

    let second = run(&["serve", "--listen", "127.0.0.1:0", "--data", &data.to_string_lossy()], &[]);
    let holder = format!("process {} (at {})", serving.pid(), serving.address);
    assert!(second.code == Some(1) && second.err.contains(&holder), "{second:?}");
    let other = fresh_folder("cli-second");
    let address = serving.address.to_string();
    let taken = run(&["serve", "--listen", &address, "--data", &other.to_string_lossy()], &[]);
    assert!(taken.code == Some(1), "{taken:?}");
    assert!(taken.err.contains(&format!("cannot listen on {address}")) && taken.err.contains("in use"), "{taken:?}");

    assert_eq!(serving.terminate(), Some(0), "{}", serving.err());
    let again = Serving::start(data, &[], &[]).await;
    let after_restart =
        again.get(&format!("/api/v1/bookings/{}", placed.1["id"].as_str().unwrap_or_default()), token).await;
    assert_eq!((after_restart.0, &after_restart.1["tickets"]), (StatusCode::OK, &placed.1["tickets"]));
    let events = again.get("/api/v1/events", token).await.1;
    assert_eq!(events.as_array().map(Vec::len), Some(3), "the demo catalog is created once: {events}");
}

/// Books one ticket and waits for the outcome.
pub async fn book(serving: &Serving, token: &str, payment: &str) -> (StatusCode, Value) {
    let body = json!({"lines": [{"ticketTypeId": 1, "quantity": 1}], "paymentToken": payment});
    serving.send(reqwest::Method::POST, "/api/v1/bookings", token, &body).await
}

#[tokio::test]
async fn the_banner_shows_the_issuer_if_its_url_is_not_the_address() {
    let port = program::free_port();
    let issuer = format!("http://localhost:{port}");
    let listen = format!("127.0.0.1:{port}");
    let environment = [("BOXOFFICE_IDENTITY_ISSUER", issuer.as_str()), ("BOXOFFICE_LISTEN", &listen)];
    let data = fresh_folder("cli-issuer");
    let mut same = Serving::start_at(&data, &["--demo=false"], &environment).await;
    assert!(!same.out().contains("issuer  ") && !same.out().contains("TOKEN="), "{}", same.out());
    assert_eq!(same.terminate(), Some(0));
    let elsewhere = Serving::start(&data, &["--demo=false"], &[]).await;
    assert!(elsewhere.out().contains(&format!("issuer         {issuer}")), "{}", elsewhere.out());
}

#[tokio::test]
async fn a_token_has_the_requested_lifetime() {
    let data = fresh_folder("cli-token");
    let serving = Serving::start(&data, &[], &[]).await;
    for (ttl, seconds) in [("15m", 900), ("2s", 2), ("1d", 86400)] {
        let token = program::token(&data, "demo", "customer organizer", &["--ttl", ttl]);
        let claims = program::claims(&token);
        assert_eq!((&claims["sub"], &claims["scope"]), (&json!("demo"), &json!("customer organizer")), "{claims}");
        let life = claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(end, start)| end - start);
        // Rounded up to whole seconds.
        assert!(life.is_some_and(|life| (seconds..=seconds + 1).contains(&life)), "{ttl}: {claims}");
        let answer = serving.get("/api/v1/bookings", &token).await;
        assert_eq!(answer.0, StatusCode::OK, "{ttl}: {}", answer.1);
    }
    assert_eq!(serving.get("/api/v1/bookings", "nonsense").await.0, StatusCode::UNAUTHORIZED);
}

#[test]
fn rules_are_listed_printed_and_checked() {
    let CommandOutput { code, out, err } = run(&["rules"], &[]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let line = out.lines().find(|line| line.starts_with("POST /api/bookings ")).unwrap();
    assert!(line.contains("  POST /api/v1/bookings  ") && line.ends_with("004.toml (built in)"), "{line}");

    let folder = fresh_folder("rules");
    let file = |text: &str| {
        let path = folder.join("own.toml");
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let printed = run(&["rules", "--print"], &[]).out;
    let last = printed.rsplit_once("# 004.toml").unwrap().1;
    let path = file(last);
    let checked = run(&["rules", "check", &path], &[]);
    assert_eq!(
        (checked.code, checked.err.as_str()),
        (Some(0), ""),
        "`rules check` accepts the output of `rules --print`"
    );
    assert!(checked.out.contains("rules are valid"), "{}", checked.out);
    let listed = run(&["rules"], &[("BOXOFFICE_GATEWAY_RULES", &path)]);
    assert!(listed.out.lines().any(|line| line.starts_with("POST /api/bookings ") && line.ends_with(&path)));

    let path = file("title = \"x\"\n[[rule]]\nfrom = \"GET /x\"\nto = \"GET /api/v1/nothing\"\nabout = \"x\"\n");
    let refused = format!("boxoffice: {path}: \"GET /x\": no service documents GET /api/v1/nothing\n");
    let checked = run(&["rules", "check", &path], &[]);
    assert_eq!((checked.code, checked.out.as_str(), checked.err.as_str()), (Some(1), "", refused.as_str()));
    let missing = run(&["rules", "check", "no-such-file.toml"], &[]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.contains("no-such-file.toml: cannot be read"), "{}", missing.err);
}
