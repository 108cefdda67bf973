//! The keys, and who may read them.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    time::Duration,
};

use boxoffice_clock::Clock;

use super::Finding;
use crate::{settings::IDENTITY, token};

/// What holds a secret.
const SECRETS: [&str; 2] = ["keys.pem", "client.json"];
/// A key that signs for longer should get a successor.
const OLD: Duration = Duration::from_secs(365 * 24 * 3600);

pub(super) fn all(data: &Path) -> Vec<Finding> {
    vec![permissions(data), keys(data)]
}

fn permissions(data: &Path) -> Finding {
    const CHECK: &str = "secrets";
    let folder = data.join(IDENTITY);
    let owner = fs::metadata(data).map(|data| data.uid()).ok();
    for name in SECRETS {
        let path = folder.join(name);
        let shown = path.display();
        match fs::metadata(&path) {
            Err(error) => {
                return Finding::fail(
                    CHECK,
                    format!("{shown}: {error}"),
                    "restore it from a backup: tokens that were issued cannot be checked without it",
                );
            }
            Ok(file) if file.permissions().mode() & 0o077 != 0 => {
                let mode = file.permissions().mode() & 0o777;
                return Finding::fail(
                    CHECK,
                    format!("{shown} has the mode {mode:o}: others than its owner can read or change it"),
                    format!("chmod 600 {shown}, then `boxoffice keys rotate`, as somebody may have read it"),
                );
            }
            Ok(file) if owner.is_some_and(|owner| owner != file.uid()) => {
                return Finding::warn(
                    CHECK,
                    format!("{shown} belongs to another user than the data folder"),
                    "give both to the user that runs the system (chown -R)",
                );
            }
            Ok(_) => {}
        }
    }
    Finding::ok(CHECK, format!("{} are for their owner alone", SECRETS.join(" and ")))
}

fn keys(data: &Path) -> Finding {
    const CHECK: &str = "keys";
    let keys = match token::issuer(data) {
        Ok(issuer) => issuer.keys(),
        Err(error) => {
            return Finding::fail(
                CHECK,
                format!("{error:#}"),
                "restore the folder `identity` from a backup; without it no token can be issued or checked",
            );
        }
    };
    let age = Clock::system().now().since(keys[0].made_at);
    let days = age.as_secs() / (24 * 3600);
    let known = match keys.len() - 1 {
        0 => String::new(),
        before => format!(", {before} of before until {}", last_end(&keys)),
    };
    let found = format!("{} signs ({}, {days} days old){known}", keys[0].id, keys[0].algorithm);
    if age > OLD {
        Finding::warn(CHECK, found, "rotate it: `boxoffice keys rotate`")
    } else {
        Finding::ok(CHECK, found)
    }
}

fn last_end(keys: &[boxoffice_identity::KeyInfo]) -> String {
    keys.iter().filter_map(|key| key.until).max().map_or_else(|| "they are retired".to_owned(), |end| end.to_string())
}
