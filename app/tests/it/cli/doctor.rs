//! `doctor` on damaged installations: each test damages a copy and expects the finding with its remedy.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use boxoffice::SERVICES;
use boxoffice_database::{Change, Database, Migration, Row, Snapshot};
use boxoffice_outbox::{Cursor, MIGRATIONS, OutboxMessage};
use serde_json::{Value, json};

use super::{
    dead_letters::{SETTINGS, create_unreachable_customer, wait_for_dead_letters},
    program::{self, CommandOutput, Serving, copy_folder, fresh_folder, run},
};

/// The data of a stopped system with one booking.
async fn stopped_system(name: &str) -> PathBuf {
    let data = fresh_folder(name);
    let mut serving = Serving::start(&data, &[], &[]).await;
    let token = program::token(&data, "demo", "customer", &[]);
    super::book(&serving, &token, "tok_ok").await;
    assert_eq!(serving.terminate(), Some(0), "{}", serving.err());
    data
}

fn copy(from: &Path, name: &str) -> PathBuf {
    let to = fresh_folder(name);
    copy_folder(from, &to);
    to
}

/// Runs `doctor` and returns its exit code and the findings by check.
fn examine(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, BTreeMap<String, Value>) {
    let data = data.to_str().expect("the target folder is Unicode");
    let port = format!("127.0.0.1:{}", program::free_port());
    let defaults = [("BOXOFFICE_DATA", data), ("BOXOFFICE_LISTEN", &port), ("BOXOFFICE_DOCTOR_FREE", "1")];
    let CommandOutput { code, out, err } =
        run(&[&["doctor", "--json"], arguments].concat(), &[&defaults, environment].concat());
    let all: Vec<Value> = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{code:?} {out} {err}"));
    (code, all.into_iter().map(|one| (one["check"].as_str().unwrap_or_default().to_owned(), one)).collect())
}

/// Expects a finding of `check`, and no finding of the other checks.
#[track_caller]
fn expect(found: (Option<i32>, BTreeMap<String, Value>), check: &str, state: &str, text: &str, advice: &str) {
    let (code, all) = found;
    let one = &all[check];
    assert_eq!(one["state"], state, "{one}");
    assert!(one["found"].as_str().is_some_and(|found| found.contains(text)), "{text} is not in {one}");
    assert!(one["do"].as_str().is_some_and(|to_do| to_do.contains(advice)), "{advice} is not in {one}");
    let others: Vec<_> = all.values().filter(|other| other["check"] != check && other["state"] != "OK").collect();
    assert!(others.is_empty(), "{others:?}");
    assert_eq!(code, Some(if state == "FAIL" { 1 } else { 2 }));
}

fn url(data: &Path, database: &str) -> String {
    format!("sqlite:{}", data.join(format!("{database}.sqlite")).display())
}

/// Opens a database as a program version with other migrations of the service.
fn open_as_other_version(data: &Path, service: &'static str, change: impl FnOnce(&mut Vec<Migration>)) {
    let known = SERVICES.iter().find(|known| known.name == service).expect("the service exists");
    let mut migrations = known.migrations.to_vec();
    change(&mut migrations);
    Database::open(&url(data, service), &[MIGRATIONS, (service, &migrations)]).expect("the file is a database");
}

/// Changes the first row for which `tail` holds.
fn edit<R: Row>(data: &Path, database: &str, tail: &str, change: impl FnOnce(&mut R)) {
    let database = Database::open(&url(data, database), &[]).expect("the file is a database");
    let rows: Vec<R> =
        database.snapshot().and_then(|rows| rows.select(tail, Vec::new())).expect("the entry is readable");
    let before = rows.into_iter().next().expect("the row exists");
    let mut after = before.clone();
    change(&mut after);
    let loaded = R::TABLE.versioned.then(|| before.version());
    let insert = Change::Insert { table: R::TABLE, values: after.values() };
    let delete = Change::Delete { table: R::TABLE, key: R::key_values(&before.key()), loaded };
    let mut session = database.session().expect("no other process writes");
    session.begin().expect("no other process writes");
    session.commit(&[delete, insert]).expect("the disk has space");
}

#[tokio::test]
async fn a_healthy_installation_passes_and_is_not_changed() {
    let data = stopped_system("cli-doctor-healthy").await;
    let contents = |data: &Path| -> BTreeMap<PathBuf, Vec<u8>> {
        let files =
            fs::read_dir(data).expect("the file exists").map(|entry| entry.expect("the entry is readable").path());
        // Every reader creates the index of a log, which contains no data of its own.
        let files = files.filter(|path| path.is_file() && !path.to_string_lossy().ends_with("-shm"));
        files.map(|path| (path.clone(), fs::read(&path).expect("the file exists"))).collect()
    };
    let before = contents(&data);
    let (code, all) = examine(&data, &[], &[]);
    assert!(code == Some(0) && all.values().all(|one| one["state"] == "OK" && one["do"].is_null()), "{all:#?}");
    for check in
        ["configuration", "data folder", "process", "migrations", "integrity", "clock", "outbox", "deferred messages"]
    {
        assert!(all.contains_key(check), "{check} is not checked");
    }
    for check in ["dead letters", "secrets", "keys", "disk", "port", "open files"] {
        assert!(all.contains_key(check), "{check} is not checked");
    }
    assert!(contents(&data) == before, "doctor changes nothing");

    let serving = Serving::start(&data, &[], &[]).await;
    let (code, running) = examine(&data, &[], &[]);
    assert_eq!(code, Some(0), "{running:#?}");
    let holder = format!("process {} (at {})", serving.pid(), serving.address);
    assert!(running["process"]["found"].as_str().is_some_and(|found| found.contains(&holder)), "{running:#?}");
    assert_eq!(running["port"]["found"], json!(format!("{} answers", serving.address)));
    let text = program::run_on(&data, &["doctor", "--free", "1"]);
    assert!(text.code == Some(0) && text.out.lines().all(|line| line.starts_with("OK ")), "{text:?}");
}

#[tokio::test]
async fn problems_of_the_data_are_reported() {
    let healthy = stopped_system("cli-doctor-data").await;
    let damaged = |name: &str| copy(&healthy, &format!("cli-doctor-{name}"));

    let data = damaged("checksum");
    fs::remove_file(data.join("users.sqlite")).expect("the file exists");
    let other = |sql: &str| &*Box::leak(format!("{sql}\n-- other").into_boxed_str());
    open_as_other_version(&data, "users", |migrations| migrations[0].sql = other(migrations[0].sql));
    expect(examine(&data, &[], &[]), "migrations", "FAIL", "of users was changed after it ran", "restore a backup");

    let data = damaged("newer");
    let later = Migration { number: 999, name: "later", sql: "CREATE TABLE later (id INTEGER)" };
    open_as_other_version(&data, "users", |migrations| migrations.push(later));
    expect(examine(&data, &[], &[]), "migrations", "FAIL", "older than its data", "version of the program");

    let data = damaged("older");
    fs::remove_file(data.join("users.sqlite")).expect("the file exists");
    open_as_other_version(&data, "users", Vec::clear);
    let (code, all) = examine(&data, &[], &[]);
    assert_eq!((code, &all["migrations"]["state"]), (Some(2), &json!("WARN")), "{all:#?}");

    let data = damaged("future");
    let day = Duration::from_secs(24 * 3600);
    edit::<OutboxMessage>(&data, "orders", "ORDER BY position DESC LIMIT 1", |row| {
        row.published_at = row.published_at.plus(day)
    });
    expect(examine(&data, &[], &[]), "clock", "FAIL", "the data was written at", "NTP");

    let data = damaged("unconsumed");
    edit::<Cursor>(&data, "bookings", "WHERE source = 'orders'", |cursor| cursor.position -= 1);
    let (code, all) = examine(&data, &[], &[]);
    let outbox = all["outbox"]["found"].as_str().unwrap_or_default();
    assert!(code == Some(0) && outbox.contains("bookings is 1 behind orders"), "{outbox}");

    let data = damaged("corrupt");
    let file = data.join("payments.sqlite");
    let checkpointed = data.join("checkpointed");
    Snapshot::of_closed_file(&file)
        .and_then(|all| all.copy_to(&checkpointed, &mut |_| {}))
        .expect("the file is a database");
    // SQLite would read the changed pages from the write-ahead log.
    drop(fs::remove_file(data.join("payments.sqlite-wal")));
    fs::rename(&checkpointed, &file).expect("the file belongs to the test");
    let mut bytes = fs::read(&file).expect("the file exists");
    // Damages the last page, so that the header stays intact.
    let last = bytes.len() - 4096;
    bytes[last..].fill(0xa5);
    fs::write(&file, bytes).expect("the disk has space");
    let (code, all) = examine(&data, &[], &[]);
    assert_eq!((code, &all["integrity"]["state"]), (Some(1), &json!("FAIL")), "{all:#?}");
    assert!(all["integrity"]["found"].as_str().is_some_and(|found| found.contains("payments.sqlite")), "{all:#?}");

    let data = damaged("missing");
    fs::remove_file(data.join("users.sqlite")).expect("the file exists");
    expect(examine(&data, &[], &[]), "databases", "FAIL", "users.sqlite", "restore a backup");
}

#[tokio::test]
async fn problems_of_the_installation_are_reported() {
    let healthy = stopped_system("cli-doctor-installation").await;

    let data = copy(&healthy, "cli-doctor-mode");
    let keys = data.join("identity/keys.pem");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o644)).expect("the file belongs to the test");
    expect(examine(&data, &[], &[]), "secrets", "FAIL", "mode 644", "chmod 600");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).expect("the file belongs to the test");
    fs::write(&keys, "no key").expect("the disk has space");
    expect(examine(&data, &[], &[]), "keys", "FAIL", "keys.pem", "restore");

    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let listen = taken.local_addr().expect("the listener has an address").to_string();
    expect(examine(&healthy, &["--listen", &listen], &[]), "port", "FAIL", "in use by another program", "--listen");

    let too_much = i64::MAX.to_string();
    expect(examine(&healthy, &["--free", &too_much], &[]), "disk", "WARN", "should be free", "free disk space");

    expect(
        examine(&healthy, &[], &[("BOXOFFICE_INVENTORY_HOLD_LIFE", "soon"), ("BOXOFFICE_FOO_BAR", "1")]),
        "configuration",
        "FAIL",
        "expected a duration",
        "config check",
    );
    let unreadable = [("BOXOFFICE_CONFIG", "/nowhere/box.toml")];
    expect(examine(&healthy, &[], &unreadable), "configuration", "FAIL", "cannot be read", "config check");

    let nowhere = healthy.join("nowhere");
    expect(examine(&nowhere, &[], &[]), "data folder", "FAIL", "No such file", "--data");
    let a_file = healthy.join("users.sqlite");
    expect(examine(&a_file, &[], &[]), "data folder", "FAIL", "is not a folder", "--data");

    let few = Command::new("sh")
        .args(["-c", "ulimit -n 100; exec \"$0\" doctor --free 1", program::BINARY])
        .envs([("BOXOFFICE_DATA", healthy.as_os_str()), ("BOXOFFICE_LISTEN", "127.0.0.1:0".as_ref())])
        .output()
        .expect("sh is installed");
    let few = (few.status.code(), String::from_utf8_lossy(&few.stdout).into_owned());
    assert!(few.0 == Some(2) && few.1.contains("limit: 100") && few.1.contains("LimitNOFILE"), "{few:?}");

    // The exit code of an invalid argument is 1, because 2 means warnings.
    assert_eq!(run(&["doctor", "--fre", "1"], &[]).code, Some(1));
}

#[tokio::test]
async fn dead_letters_and_deferred_messages_are_warnings() {
    let data = fresh_folder("cli-doctor-dead-letters");
    let mut serving = Serving::start(&data, &[], SETTINGS).await;
    let token = create_unreachable_customer(&serving, &data).await;
    super::book(&serving, &token, "tok_ok").await;
    let dead_letter = wait_for_dead_letters(&data, 1).await.remove(0);
    expect(examine(&data, &[], &[]), "dead letters", "WARN", &dead_letter, "dead-letters replay");
    assert_eq!(serving.terminate(), Some(0), "{}", serving.err());
    expect(examine(&data, &[], &[]), "dead letters", "WARN", &dead_letter, "dead-letters show");
    program::run_on(&data, &["dead-letters", "replay", &dead_letter]);
    expect(examine(&data, &[], &[]), "deferred messages", "WARN", &dead_letter, "wait");
}
