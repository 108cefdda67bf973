//! Backups of a system that sells meanwhile: each is one moment, whole, and a system of its own once restored.

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
        program::{self, Ran, Serving, fresh_folder, run},
    },
    power_cut::{
        clients,
        journal::{Journal, Request},
        program::Program,
        settle,
        shop::Shop,
        wait,
    },
};

const BACKUPS: usize = 3;
const CLIENTS: usize = 12;
/// Bookings that are acknowledged between two backups.
const BETWEEN: usize = 60;

fn text(path: &Path) -> &str {
    path.to_str().expect("cargo's folder is Unicode")
}

fn backup(data: &Path, to: &Path) -> Ran {
    run(&["backup", "--data", text(data), "--to", text(to)], &[])
}

fn restore(from: &Path, data: &Path) -> Ran {
    run(&["restore", "--from", text(from), "--data", text(data)], &[])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_a_backup_is_in_it() {
    let (clock, place) = (Clock::system(), fresh_folder("backups"));
    let data = place.join("data");
    let mut program = Program::start(&data, &clock).await;
    let shop = Arc::new(Shop::open(&program, CLIENTS).await);
    let journal = Arc::new(Journal::default());
    let clients = clients::start(&program, &shop, &journal, 0);
    let mut taken = Vec::new();
    for number in 0..BACKUPS {
        let enough = journal.acknowledged() + BETWEEN;
        wait(&clock, "the clients are served", async || journal.acknowledged() >= enough).await;
        let (before, to) = (journal.acknowledgments(), place.join(format!("backup-{number}")));
        let ran = tokio::task::block_in_place(|| backup(&data, &to));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
        assert!(journal.acknowledged() > before.len(), "nobody was served while it was copied");
        taken.push((to, before));
    }
    program.kill();
    clients.join_all().await;
    // All of them at once, so that their deadlines pass together.
    let mut restored = Vec::new();
    for (from, before) in taken {
        let data = from.with_extension("restored");
        restored.push((start_restored(&from, &data, &clock).await, data, before));
    }
    for (program, data, before) in &restored {
        expect_to_go_on(program, &shop, &clock, before).await;
        let verified = program::on(data, &["verify"]);
        assert_eq!(verified.code, Some(0), "{verified:?}");
    }
    std::fs::remove_dir_all(&place).expect("nobody uses it any more");
}

/// Restores a backup, which breaks no rule.
async fn start_restored(from: &Path, data: &Path, clock: &Clock) -> Program {
    let ran = restore(from, data);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    let verified = program::on(data, &["verify"]);
    assert!(matches!(verified.code, Some(0 | 2)), "{verified:?}");
    Program::start(data, clock).await
}

/// Everything that was on its way ends, nothing is lost, and requests that are repeated have no second effect.
async fn expect_to_go_on(program: &Program, shop: &Shop, clock: &Clock, before: &[Request]) {
    settle(program, shop, clock).await;
    let found = shop.bookings(program).await;
    for request in before {
        let id = request.booking_id().expect("it was acknowledged");
        let now = found.get(id).unwrap_or_else(|| panic!("{id} was acknowledged before the backup and is not in it"));
        let status = now["status"].as_str().expect("a booking has a status");
        assert!(request.may_end_as(status) || status == "CANCELLED", "booking {id} is {status} after {request:?}");
    }
    for request in before.iter().rev().take(5) {
        let repeated = clients::repeat(program, shop, request).await;
        let id = repeated.booking.as_ref().and_then(|booking| booking["id"].as_str());
        assert_eq!((repeated.was_replayed, id), (true, request.booking_id()), "{}", repeated.text);
    }
}

/// A backup that is killed at any moment has made nothing, or all of it; and the system has not noticed.
#[tokio::test]
async fn one_that_is_cut_off_passes_for_none() {
    let place = fresh_folder("backups-cut");
    let data = place.join("data");
    let serving = Serving::start(&data, &[], &[]).await;
    let token = program::token(&data, "demo", "customer", &[]);
    book(&serving, &token, "tok_ok").await;
    let (mut cut_off, mut whole) = (0, 0);
    for number in 0..12 {
        let to = place.join(format!("backup-{number}"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_boxoffice"))
            .args(["backup", "--data", text(&data), "--to", text(&to)])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("cargo has built it");
        // Later each time, counted in files of the draft.
        let watch = Stopwatch::start();
        while drafts(&place).iter().map(|draft| files(draft)).max().unwrap_or(0) < number
            && child.try_wait().expect("it is our child").is_none()
        {
            assert!(watch.elapsed() < program::PATIENCE, "the backup neither writes nor ends");
            std::thread::yield_now();
        }
        // It may have ended by itself, which is as good.
        let _ = child.kill();
        child.wait().expect("it is our child");
        let restored = place.join(format!("restored-{number}"));
        if to.exists() {
            whole += 1;
            assert_eq!(restore(&to, &restored).code, Some(0));
        }
        for draft in drafts(&place) {
            cut_off += 1;
            let refused = restore(&draft, &place.join("never"));
            assert!(refused.code == Some(1) && refused.err.contains("is not a complete backup"), "{refused:?}");
            std::fs::remove_dir_all(&draft).expect("nobody uses it any more");
        }
    }
    assert!(cut_off > 2, "{cut_off} were cut off, {whole} were whole: this run has shown nothing");
    let placed = book(&serving, &token, "tok_ok").await;
    assert_eq!((placed.0, &placed.1["status"]), (StatusCode::CREATED, &json!("CONFIRMED")), "{}", placed.1);
    assert_eq!(program::on(&data, &["verify"]).code, Some(0));
}

/// Folders beside the backups that are being written, or never were finished.
fn drafts(place: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(place).expect("it is there").map(|entry| entry.expect("it is there").path());
    entries.filter(|path| path.to_string_lossy().ends_with(".partial")).collect()
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[tokio::test]
async fn where_it_cannot_be_written_nothing_is_left_and_selling_goes_on() {
    let place = fresh_folder("backups-refused");
    let data = place.join("data");
    let serving = Serving::start(&data, &[], &[]).await;
    std::fs::write(place.join("file"), "of somebody").expect("the build writes there, too");
    std::fs::create_dir(place.join("empty")).expect("the build writes there, too");
    for (to, reason) in [
        ("file", "already exists"),
        ("empty", "already exists"),
        ("file/backup", "cannot write to"),
        ("missing/backup", "cannot write to"),
        ("data/backup", "is inside the data folder"),
        ("data/identity/backup", "is inside the data folder"),
    ] {
        let refused = backup(&data, &place.join(to));
        assert!(refused.code == Some(1) && refused.err.contains(reason), "{to}: {refused:?}");
    }
    // No file may grow beyond 64 KiB: the nearest to a full disk that needs no rights.
    let full = Command::new("sh")
        .args(["-c", r#"trap '' XFSZ; ulimit -f 128; exec "$@""#, "sh", env!("CARGO_BIN_EXE_boxoffice")])
        .args(["backup", "--data", text(&data), "--to", text(&place.join("full"))])
        .output()
        .expect("there is a shell");
    let stderr = String::from_utf8_lossy(&full.stderr);
    assert!(full.status.code() == Some(1) && stderr.contains("cannot copy"), "{stderr}");
    let left: Vec<_> =
        std::fs::read_dir(&place).expect("it is there").map(|entry| entry.expect("it is").file_name()).collect();
    assert_eq!(left.len(), 4, "only the previous files and the program's output: {left:?}");
    let token = program::token(&data, "demo", "customer", &[]);
    assert_eq!(book(&serving, &token, "tok_ok").await.1["status"], "CONFIRMED");
    assert_eq!(program::on(&data, &["verify"]).code, Some(0));
}

#[tokio::test]
async fn a_pause_ends_by_itself_and_there_is_one_at_a_time() {
    let data = fresh_folder("backups-pause");
    let serving = Serving::start(&data, &[], &[]).await;
    let (customer, operator) =
        (program::token(&data, "demo", "customer", &[]), program::token(&data, "olga", "operator", &[]));
    let (path, nothing) = ("/api/v1/pauses", json!({}));
    let refused = serving.send(Method::POST, path, &customer, &nothing).await;
    assert_eq!(refused.0, StatusCode::FORBIDDEN, "{}", refused.1);

    let begun = serving.send(Method::POST, path, &operator, &nothing).await;
    assert_eq!(begun.0, StatusCode::CREATED, "{}", begun.1);
    let second = serving.send(Method::POST, path, &operator, &nothing).await;
    assert_eq!((second.0, &second.1["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("busy")));
    assert_eq!(serving.get("/api/v1/events/1", &customer).await.0, StatusCode::OK, "reads go on");
    let of_begun = |pause: &Value| format!("{path}/{}", pause["id"].as_str().expect("a pause has an id"));
    let ended = serving.send(Method::DELETE, &of_begun(&begun.1), &operator, &nothing).await;
    assert_eq!(ended.0, StatusCode::NO_CONTENT, "{}", ended.1);
    let again = serving.send(Method::DELETE, &of_begun(&begun.1), &operator, &nothing).await;
    assert_eq!(again.0, StatusCode::NOT_FOUND, "{}", again.1);

    let left_alone = serving.send(Method::POST, path, &operator, &nothing).await;
    assert_eq!(left_alone.0, StatusCode::CREATED, "{}", left_alone.1);
    // Nothing changes until the pause is over, so this is answered after its end.
    assert_eq!(book(&serving, &customer, "tok_ok").await.1["status"], "CONFIRMED");
    let late = serving.send(Method::DELETE, &of_begun(&left_alone.1), &operator, &nothing).await;
    assert_eq!(late.0, StatusCode::NOT_FOUND, "what was opened meanwhile is not of one moment: {}", late.1);
}
