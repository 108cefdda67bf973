//! `restore`: altered backups are refused, and existing data is never deleted.
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
    program::{self, Serving, copy_folder, fresh_folder, restore, text},
};

/// Creates a stopped system with one booking, and its backup. Returns their parent folder and both folders.
async fn stopped_system_with_backup(name: &str) -> (PathBuf, PathBuf, PathBuf) {
    let folder = fresh_folder(name);
    let (data, backup) = (folder.join("data"), folder.join("backup"));
    let mut serving = Serving::start(&data, &[], &[]).await;
    let token = program::token(&data, "demo", "customer", &[]);
    assert_eq!(book(&serving, &token, "tok_ok").await.1["status"], "CONFIRMED");
    assert_eq!(serving.terminate(), Some(0), "{}", serving.err());
    let output = program::backup(&data, &backup);
    assert!(output.code == Some(0) && output.out.contains("as of 20"), "{output:?}");
    (folder, data, backup)
}

fn rewrite(file: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).expect("the file exists");
    change(&mut bytes);
    fs::write(file, bytes).expect("the target folder is writable");
}

fn edit_manifest(backup: &Path, change: impl FnOnce(&mut Value)) {
    rewrite(&backup.join("manifest.json"), |bytes| {
        let mut manifest: Value = serde_json::from_slice(bytes).expect("the text is JSON");
        change(&mut manifest);
        *bytes = manifest.to_string().into_bytes();
    });
}

/// How a backup is altered, and texts that the error must contain.
type Alteration = (fn(&Path), &'static [&'static str]);

const ALTERATIONS: &[Alteration] = &[
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
async fn an_altered_backup_is_refused_with_the_reason() {
    let (folder, _, backup) = stopped_system_with_backup("restoring-altered").await;
    let to = folder.join("restored");
    for (number, (alter, reasons)) in ALTERATIONS.iter().enumerate() {
        let altered = folder.join(format!("altered-{number}"));
        copy_folder(&backup, &altered);
        alter(&altered);
        let refused = restore(&altered, &to, &[]);
        assert_eq!(refused.code, Some(1), "alteration {number}: {refused:?}");
        for reason in *reasons {
            assert!(refused.err.contains(reason), "alteration {number}: {reason:?} is not in {}", refused.err);
        }
        assert!(!to.exists(), "alteration {number}: a refusal creates nothing");
    }
    assert_eq!(restore(&backup, &to, &[]).code, Some(0), "the unaltered backup is accepted");
    expect_bookings(&to, 1).await;
}

#[tokio::test]
async fn backups_and_restored_files_are_readable_by_their_owner_only() {
    let (folder, _, backup) = stopped_system_with_backup("restoring-modes").await;
    let to = folder.join("restored");
    assert_eq!(restore(&backup, &to, &[]).code, Some(0));
    let mode = |path: &Path| fs::metadata(path).expect("the file exists").permissions().mode() & 0o777;
    assert_eq!(mode(&backup), 0o700);
    let manifest: Value =
        serde_json::from_slice(&fs::read(backup.join("manifest.json")).expect("the file exists")).unwrap();
    let files = manifest["files"].as_object().expect("a manifest has files");
    assert!(files.len() >= 9 && files.contains_key("identity/client.json"), "{manifest}");
    for name in files.keys() {
        assert_eq!((mode(&backup.join(name)), mode(&to.join(name))), (0o600, 0o600), "{name}");
    }
    assert_eq!((mode(&backup.join("identity")), mode(&to.join("identity"))), (0o700, 0o700));
}

#[tokio::test]
async fn existing_data_is_kept_and_force_moves_it_into_a_folder() {
    let (folder, data, backup) = stopped_system_with_backup("restoring-over").await;
    // A folder with other files does not even get a lock file.
    let other = folder.join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("file"), "content").unwrap();
    let refused = restore(&backup, &other, &[]);
    assert!(refused.code == Some(1) && refused.err.contains("is not empty"), "{refused:?}");
    assert_eq!(fs::read_dir(&other).unwrap().count(), 1);
    assert!(restore(&backup, &data, &[]).err.contains("is not empty"));

    let serving = Serving::start(&data, &[], &[]).await;
    for more in [&[][..], &["--force"]] {
        let refused = restore(&backup, &data, more);
        assert!(refused.code == Some(1) && refused.err.contains("is in use by process"), "{refused:?}");
    }
    let token = program::token(&data, "demo", "customer", &[]);
    let later = book(&serving, &token, "tok_ok").await.1["id"].as_str().expect("the booking was created").to_owned();
    drop(serving);

    let restored = restore(&backup, &data, &["--force"]);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    let moved = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path());
    let [moved] =
        moved.filter(|path| path.is_dir() && !path.ends_with("identity")).collect::<Vec<_>>().try_into().unwrap();
    assert!(restored.out.contains(text(&moved)), "{}", restored.out);
    assert!(!expect_bookings(&data, 1).await.contains(&later), "the backup does not contain later bookings");
    assert!(expect_bookings(&moved, 2).await.contains(&later), "the moved data is complete");
}

/// Checks the invariants before and after a start, and expects this number of bookings of the customer. Returns them.
async fn expect_bookings(data: &Path, bookings: usize) -> String {
    let verified = program::run_on(data, &["verify"]);
    assert!(matches!(verified.code, Some(0 | 2)), "{verified:?}");
    let serving = Serving::start(data, &[], &[]).await;
    assert_eq!(program::run_on(data, &["verify"]).code, Some(0));
    let all = serving.get("/api/v1/bookings", &program::token(data, "demo", "customer", &[])).await.1;
    assert_eq!(all.as_array().map(Vec::len), Some(bookings), "{all}");
    all.to_string()
}

#[tokio::test]
async fn an_interrupted_restore_is_refused() {
    let (folder, _, backup) = stopped_system_with_backup("restoring-half").await;
    let data = folder.join("restored");
    assert_eq!(restore(&backup, &data, &[]).code, Some(0));
    fs::write(data.join("restoring"), "").unwrap();
    fs::remove_file(Database::file_in(&data, "users")).unwrap();
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["verify"], &["dead-letters", "list"]] {
        let refused = program::run_on(&data, command);
        assert!(refused.code != Some(0) && refused.err.contains("was interrupted"), "{command:?}: {refused:?}");
    }
    assert!(restore(&backup, &data, &[]).err.contains("is not empty"));
    assert_eq!(restore(&backup, &data, &["--force"]).code, Some(0));
    expect_bookings(&data, 1).await;
}
