//! What a restore refuses, and that it never takes anything away.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use boxoffice_database::Database;
use serde_json::{Value, json};

use crate::cli::{
    book,
    program::{self, Ran, Serving, fresh_folder, run},
};

fn text(path: &Path) -> &str {
    path.to_str().expect("cargo's folder is Unicode")
}

fn restore(from: &Path, data: &Path, more: &[&str]) -> Ran {
    run(&[&["restore", "--from", text(from), "--data", text(data)], more].concat(), &[])
}

/// A stopped system with one booking, and its backup.
async fn shop(name: &str) -> (PathBuf, PathBuf, PathBuf) {
    let place = fresh_folder(name);
    let (data, kept) = (place.join("data"), place.join("backup"));
    let mut serving = Serving::start(&data, &[], &[]).await;
    let token = program::token(&data, "demo", "customer", &[]);
    assert_eq!(book(&serving, &token, "tok_ok").await.1["status"], "CONFIRMED");
    assert_eq!(serving.terminate(), Some(0), "{}", serving.err());
    let made = run(&["backup", "--data", text(&data), "--to", text(&kept)], &[]);
    assert!(made.code == Some(0) && made.out.contains("as of 20"), "{made:?}");
    (place, data, kept)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the build writes there, too");
    for entry in fs::read_dir(from).expect("it is there") {
        let path = entry.expect("it is there").path();
        let to = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("the build writes there, too");
        }
    }
}

fn rewrite(file: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).expect("it is there");
    change(&mut bytes);
    fs::write(file, bytes).expect("the build writes there, too");
}

fn edit_manifest(backup: &Path, change: impl FnOnce(&mut Value)) {
    rewrite(&backup.join("manifest.json"), |bytes| {
        let mut manifest: Value = serde_json::from_slice(bytes).expect("it is JSON");
        change(&mut manifest);
        *bytes = manifest.to_string().into_bytes();
    });
}

/// What somebody does to a backup, and what the refusal names.
type Harm = (fn(&Path), &'static [&'static str]);

const HARMS: &[Harm] = &[
    (
        |backup| rewrite(&Database::file_in(backup, "orders"), |bytes| bytes.truncate(5000)),
        &["orders.sqlite", "5000 bytes"],
    ),
    (|backup| rewrite(&Database::file_in(backup, "users"), |bytes| bytes[5000] ^= 1), &["users.sqlite", "checksum"]),
    (|backup| rewrite(&Database::file_in(backup, "provider"), Vec::clear), &["provider.sqlite", "0 bytes"]),
    (|backup| rewrite(&backup.join("identity/client.json"), |bytes| bytes[9] ^= 1), &["identity/client.json"]),
    (|backup| fs::remove_file(Database::file_in(backup, "payments")).unwrap(), &["payments.sqlite is missing"]),
    (|backup| fs::write(backup.join("orders.sqlite-wal"), "x").unwrap(), &["orders.sqlite-wal does not belong"]),
    (
        |backup| {
            fs::remove_file(Database::file_in(backup, "users")).unwrap();
            std::os::unix::fs::symlink("/etc/passwd", Database::file_in(backup, "users")).unwrap();
        },
        &["users.sqlite is not a file"],
    ),
    (|backup| fs::remove_file(backup.join("manifest.json")).unwrap(), &["is not a complete backup", "manifest.json"]),
    (|backup| rewrite(&backup.join("manifest.json"), |bytes| bytes.truncate(100)), &["manifest.json is damaged"]),
    (|backup| edit_manifest(backup, |all| all["format"] = json!(2)), &["format 2", "reads format 1"]),
    (
        |backup| edit_manifest(backup, |all| drop(all["files"].as_object_mut().unwrap().remove("orders.sqlite"))),
        &["orders.sqlite is missing"],
    ),
    (
        |backup| {
            edit_manifest(backup, |all| drop(all["files"].as_object_mut().unwrap().remove("identity/client.json")))
        },
        &["identity/client.json does not belong"],
    ),
    (
        |backup| edit_manifest(backup, |all| all["files"]["../stray"] = json!({"bytes": 0, "sha256": ""})),
        &["../stray is missing"],
    ),
    (
        |backup| edit_manifest(backup, |all| all["files"]["users.sqlite"]["migrations"]["users"] = json!(99)),
        &["users.sqlite is of a newer version", "migration 99"],
    ),
];

#[tokio::test]
async fn an_altered_backup_is_refused_by_the_name_of_what_is_wrong() {
    let (place, _, kept) = shop("restoring-altered").await;
    let to = place.join("restored");
    for (number, (harm, reasons)) in HARMS.iter().enumerate() {
        let altered = place.join(format!("altered-{number}"));
        copy(&kept, &altered);
        harm(&altered);
        let refused = restore(&altered, &to, &[]);
        assert_eq!(refused.code, Some(1), "harm {number}: {refused:?}");
        for reason in *reasons {
            assert!(refused.err.contains(reason), "harm {number} does not report {reason:?}: {}", refused.err);
        }
        assert!(!to.exists(), "harm {number}: a refusal makes nothing");
    }
    assert_eq!(restore(&kept, &to, &[]).code, Some(0), "the backup itself is good");
    goes_on(&to, 1).await;
}

#[tokio::test]
async fn a_backup_is_its_owners_alone() {
    let (place, _, kept) = shop("restoring-modes").await;
    let to = place.join("restored");
    assert_eq!(restore(&kept, &to, &[]).code, Some(0));
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&kept), 0o700);
    let manifest: Value = serde_json::from_slice(&fs::read(kept.join("manifest.json")).expect("it is there")).unwrap();
    let files = manifest["files"].as_object().expect("a manifest has files");
    assert!(files.len() >= 9 && files.contains_key("identity/client.json"), "{manifest}");
    for name in files.keys() {
        assert_eq!((mode(&kept.join(name)), mode(&to.join(name))), (0o600, 0o600), "{name}");
    }
    assert_eq!((mode(&kept.join("identity")), mode(&to.join("identity"))), (0o700, 0o700));
}

#[tokio::test]
async fn nothing_is_written_over_and_force_moves_it_aside() {
    let (place, data, kept) = shop("restoring-over").await;
    // Somebody else's folder gets not even a lock.
    let other = place.join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("letter"), "dear ann").unwrap();
    let refused = restore(&kept, &other, &[]);
    assert!(refused.code == Some(1) && refused.err.contains("is not empty"), "{refused:?}");
    assert_eq!(fs::read_dir(&other).unwrap().count(), 1);
    assert!(restore(&kept, &data, &[]).err.contains("is not empty"));

    let serving = Serving::start(&data, &[], &[]).await;
    for more in [&[][..], &["--force"]] {
        let refused = restore(&kept, &data, more);
        assert!(refused.code == Some(1) && refused.err.contains("is in use by process"), "{refused:?}");
    }
    let token = program::token(&data, "demo", "customer", &[]);
    let lost = book(&serving, &token, "tok_ok").await.1["id"].as_str().expect("it is made").to_owned();
    drop(serving);

    let restored = restore(&kept, &data, &["--force"]);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    let aside = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path());
    let [aside] =
        aside.filter(|path| path.is_dir() && !path.ends_with("identity")).collect::<Vec<_>>().try_into().unwrap();
    assert!(restored.out.contains(text(&aside)), "{}", restored.out);
    assert!(!goes_on(&data, 1).await.contains(&lost), "what came after the backup is not in it");
    assert!(goes_on(&aside, 2).await.contains(&lost), "what was moved aside is whole");
}

/// No rule is broken; once started, what was on its way ends, and the customer has so many bookings.
async fn goes_on(data: &Path, bookings: usize) -> String {
    let verified = program::on(data, &["verify"]);
    assert!(matches!(verified.code, Some(0 | 2)), "{verified:?}");
    let serving = Serving::start(data, &[], &[]).await;
    assert_eq!(program::on(data, &["verify"]).code, Some(0));
    let all = serving.get("/api/v1/bookings", &program::token(data, "demo", "customer", &[])).await.1;
    assert_eq!(all.as_array().map(Vec::len), Some(bookings), "{all}");
    all.to_string()
}

#[tokio::test]
async fn half_a_restore_is_no_data() {
    let (place, _, kept) = shop("restoring-half").await;
    let data = place.join("restored");
    assert_eq!(restore(&kept, &data, &[]).code, Some(0));
    fs::write(data.join("restoring"), "").unwrap();
    fs::remove_file(Database::file_in(&data, "users")).unwrap();
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["verify"], &["dead-letters", "list"]] {
        let refused = program::on(&data, command);
        assert!(refused.code != Some(0) && refused.err.contains("was interrupted"), "{command:?}: {refused:?}");
    }
    assert!(restore(&kept, &data, &[]).err.contains("is not empty"));
    assert_eq!(restore(&kept, &data, &["--force"]).code, Some(0));
    goes_on(&data, 1).await;
}
