//! Backups of a running system under load: each is consistent and complete, and a restored one starts and sells.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use boxoffice_clock::{Clock, Stopwatch};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    cli::{
        book,
        program::{self, Serving, backup, fresh_folder, restore, text},
    },
    power_cut::{
        clients,
        fixture::Fixture,
        journal::{Journal, Request},
        program::Program,
        settle, wait,
    },
};

const BACKUPS: usize = 3;
const CLIENTS: usize = 12;
/// Number of bookings that are acknowledged between two backups.
const BETWEEN: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_contains_every_booking_acknowledged_before_it() {
    let (clock, folder) = (Clock::system(), fresh_folder("backups"));
    let data = folder.join("data");
    let mut program = Program::start(&data, &clock).await;
    let fixture = Arc::new(Fixture::create(&program, CLIENTS).await);
    let journal = Arc::new(Journal::default());
    let clients = clients::start(&program, &fixture, &journal, 0);
    let mut taken = Vec::new();
    for number in 0..BACKUPS {
        let enough = journal.acknowledged() + BETWEEN;
        wait(&clock, "enough bookings are acknowledged", async || journal.acknowledged() >= enough).await;
        let (before, to) = (journal.acknowledgments(), folder.join(format!("backup-{number}")));
        let ran = tokio::task::block_in_place(|| backup(&data, &to));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
        assert!(journal.acknowledged() > before.len(), "no booking was acknowledged during the backup");
        taken.push((to, before));
    }
    program.kill();
    clients.join_all().await;
    // Start all of them first, so that their deadlines pass at the same time.
    let mut restored = Vec::new();
    for (from, before) in taken {
        let data = from.with_extension("restored");
        restored.push((start_restored(&from, &data, &clock).await, data, before));
    }
    for (program, data, before) in &restored {
        expect_complete(program, &fixture, &clock, before).await;
        let verified = program::run_on(data, &["verify"]);
        assert_eq!(verified.code, Some(0), "{verified:?}");
    }
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
}

/// Restores a backup, checks its invariants and starts a program on it.
async fn start_restored(from: &Path, data: &Path, clock: &Clock) -> Program {
    let ran = restore(from, data, &[]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    let verified = program::run_on(data, &["verify"]);
    assert!(matches!(verified.code, Some(0 | 2)), "{verified:?}");
    Program::start(data, clock).await
}

/// Expects that all bookings settle, that none of `before` is missing, and that repeated requests have no second effect.
async fn expect_complete(program: &Program, fixture: &Fixture, clock: &Clock, before: &[Request]) {
    settle(program, fixture, clock).await;
    let found = fixture.bookings(program).await;
    for request in before {
        let id = request.booking_id().expect("the request was acknowledged");
        let now = found
            .get(id)
            .unwrap_or_else(|| panic!("booking {id} was acknowledged before the backup and is missing in it"));
        let status = now["status"].as_str().expect("a booking has a status");
        assert!(request.may_end_as(status) || status == "CANCELLED", "booking {id} is {status} after {request:?}");
    }
    for request in before.iter().rev().take(5) {
        let repeated = clients::repeat(program, fixture, request).await;
        let id = repeated.booking.as_ref().and_then(|booking| booking["id"].as_str());
        assert_eq!((repeated.was_replayed, id), (true, request.booking_id()), "{}", repeated.text);
    }
}

/// A backup that is killed is complete or refused by `restore`, and does not affect the system.
#[tokio::test]
async fn an_interrupted_backup_is_refused() {
    let folder = fresh_folder("backups-cut");
    let data = folder.join("data");
    let serving = Serving::start(&data, &[], &[]).await;
    let token = program::token(&data, "demo", "customer", &[]);
    book(&serving, &token, "tok_ok").await;
    let (mut interrupted, mut complete) = (0, 0);
    for number in 0..12 {
        let to = folder.join(format!("backup-{number}"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_boxoffice"))
            .args(["backup", "--data", text(&data), "--to", text(&to)])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("cargo builds the program");
        // Kills the backup at a later point each time, measured by the number of files in the draft.
        let watch = Stopwatch::start();
        while drafts(&folder).iter().map(|draft| files(draft)).max().unwrap_or(0) < number
            && child.try_wait().expect("the process is a child of the test").is_none()
        {
            assert!(watch.elapsed() < program::WAIT_LIMIT, "the backup does not write and does not end");
            std::thread::yield_now();
        }
        // An error means that the process has ended already.
        let _ = child.kill();
        child.wait().expect("the process is a child of the test");
        let restored = folder.join(format!("restored-{number}"));
        if to.exists() {
            complete += 1;
            assert_eq!(restore(&to, &restored, &[]).code, Some(0));
        }
        for draft in drafts(&folder) {
            interrupted += 1;
            let refused = restore(&draft, &folder.join("never"), &[]);
            assert!(refused.code == Some(1) && refused.err.contains("is not a complete backup"), "{refused:?}");
            std::fs::remove_dir_all(&draft).expect("the folder can be removed");
        }
    }
    assert!(interrupted > 2, "{interrupted} interrupted, {complete} complete: the run did not test this");
    let placed = book(&serving, &token, "tok_ok").await;
    assert_eq!((placed.0, &placed.1["status"]), (StatusCode::CREATED, &json!("CONFIRMED")), "{}", placed.1);
    assert_eq!(program::run_on(&data, &["verify"]).code, Some(0));
}

/// The folders of incomplete backups.
fn drafts(folder: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(folder).expect("the file exists").map(|entry| entry.expect("the file exists").path());
    entries.filter(|path| path.to_string_lossy().ends_with(".partial")).collect()
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[tokio::test]
async fn a_failed_backup_leaves_no_files_and_does_not_affect_sales() {
    let folder = fresh_folder("backups-refused");
    let data = folder.join("data");
    let serving = Serving::start(&data, &[], &[]).await;
    std::fs::write(folder.join("file"), "content").expect("the target folder is writable");
    std::fs::create_dir(folder.join("empty")).expect("the target folder is writable");
    for (to, reason) in [
        ("file", "already exists"),
        ("empty", "already exists"),
        ("file/backup", "cannot write to"),
        ("missing/backup", "cannot write to"),
        ("data/backup", "is inside the data folder"),
        ("data/identity/backup", "is inside the data folder"),
    ] {
        let refused = backup(&data, &folder.join(to));
        assert!(refused.code == Some(1) && refused.err.contains(reason), "{to}: {refused:?}");
    }
    // A file size limit of 64 KiB stands for a full disk, which would require root privileges.
    let full = Command::new("sh")
        .args(["-c", r#"trap '' XFSZ; ulimit -f 128; exec "$@""#, "sh", env!("CARGO_BIN_EXE_boxoffice")])
        .args(["backup", "--data", text(&data), "--to", text(&folder.join("full"))])
        .output()
        .expect("sh is installed");
    let stderr = String::from_utf8_lossy(&full.stderr);
    assert!(full.status.code() == Some(1) && stderr.contains("cannot copy"), "{stderr}");
    let left: Vec<_> = std::fs::read_dir(&folder)
        .expect("the file exists")
        .map(|entry| entry.expect("the entry is readable").file_name())
        .collect();
    assert_eq!(left.len(), 4, "only the previous files and the program's output: {left:?}");
    let token = program::token(&data, "demo", "customer", &[]);
    assert_eq!(book(&serving, &token, "tok_ok").await.1["status"], "CONFIRMED");
    assert_eq!(program::run_on(&data, &["verify"]).code, Some(0));
}

#[tokio::test]
async fn a_pause_expires_and_excludes_a_second_one() {
    let data = fresh_folder("backups-pause");
    let serving = Serving::start(&data, &[], &[]).await;
    let (customer, operator) =
        (program::token(&data, "demo", "customer", &[]), program::token(&data, "olga", "operator", &[]));
    let (path, nothing) = ("/api/v1/pauses", json!({}));
    let refused = serving.send(Method::POST, path, &customer, &nothing).await;
    assert_eq!(refused.0, StatusCode::FORBIDDEN, "{}", refused.1);

    let started = serving.send(Method::POST, path, &operator, &nothing).await;
    assert_eq!(started.0, StatusCode::CREATED, "{}", started.1);
    let second = serving.send(Method::POST, path, &operator, &nothing).await;
    assert_eq!((second.0, &second.1["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("busy")));
    assert_eq!(serving.get("/api/v1/events/1", &customer).await.0, StatusCode::OK, "reads still work");
    let path_of = |pause: &Value| format!("{path}/{}", pause["id"].as_str().expect("a pause has an id"));
    let ended = serving.send(Method::DELETE, &path_of(&started.1), &operator, &nothing).await;
    assert_eq!(ended.0, StatusCode::NO_CONTENT, "{}", ended.1);
    let again = serving.send(Method::DELETE, &path_of(&started.1), &operator, &nothing).await;
    assert_eq!(again.0, StatusCode::NOT_FOUND, "{}", again.1);

    let expiring = serving.send(Method::POST, path, &operator, &nothing).await;
    assert_eq!(expiring.0, StatusCode::CREATED, "{}", expiring.1);
    // The booking waits until the pause expires.
    assert_eq!(book(&serving, &customer, "tok_ok").await.1["status"], "CONFIRMED");
    let late = serving.send(Method::DELETE, &path_of(&expiring.1), &operator, &nothing).await;
    assert_eq!(
        late.0,
        StatusCode::NOT_FOUND,
        "the pause has expired, so a snapshot would not be consistent: {}",
        late.1
    );
}
