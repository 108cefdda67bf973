//! Checks of the signing keys and of the permissions of secret files.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    time::Duration,
};

use boxoffice_clock::Clock;

use super::Finding;
use crate::{commands::token::open_issuer, settings::IDENTITY};

/// Files that contain secrets.
const SECRETS: [&str; 2] = ["keys.pem", "client.json"];
/// Age after which a key should be rotated.
const MAX_KEY_AGE: Duration = Duration::from_secs(365 * 24 * 3600);

pub(super) fn all(data: &Path) -> Vec<Finding> {
    vec![permissions(data), keys(data)]
}

fn permissions(data: &Path) -> Finding {
    const CHECK: &str = "secrets";
    let folder = data.join(IDENTITY);
    let owner = fs::metadata(data).map(|data| data.uid()).ok();
    for name in SECRETS {
        let path = folder.join(name);
        let file = path.display();
        match fs::metadata(&path) {
            Err(error) => {
                return Finding::fail(
                    CHECK,
                    format!("{file}: {error}"),
                    "restore it from a backup: without it, issued tokens cannot be verified",
                );
            }
            Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
                let mode = metadata.permissions().mode() & 0o777;
                return Finding::fail(
                    CHECK,
                    format!("{file} has the mode {mode:o}: other users can read or change it"),
                    format!(
                        "run `chmod 600 {file}`, then `boxoffice keys rotate`, because another user may have read it"
                    ),
                );
            }
            Ok(metadata) if owner.is_some_and(|owner| owner != metadata.uid()) => {
                return Finding::warn(
                    CHECK,
                    format!("{file} belongs to another user than the data folder"),
                    "give both to the user that runs the system (chown -R)",
                );
            }
            Ok(_) => {}
        }
    }
    Finding::ok(CHECK, format!("only the owner can read {}", SECRETS.join(" and ")))
}

fn keys(data: &Path) -> Finding {
    const CHECK: &str = "keys";
    let keys = match open_issuer(data) {
        Ok(issuer) => issuer.keys(),
        Err(error) => {
            return Finding::fail(
                CHECK,
                format!("{error:#}"),
                "restore the folder `identity` from a backup; without it, tokens can be neither issued nor verified",
            );
        }
    };
    let age = Clock::system().now().since(keys[0].created_at);
    let days = age.as_secs() / (24 * 3600);
    let known = match keys.len() - 1 {
        0 => String::new(),
        before => format!(", {before} previous accepted until {}", last_end(&keys)),
    };
    let found = format!("{} signs ({}, {days} days old){known}", keys[0].id, keys[0].algorithm);
    if age > MAX_KEY_AGE {
        Finding::warn(CHECK, found, "run `boxoffice keys rotate`")
    } else {
        Finding::ok(CHECK, found)
    }
}

fn last_end(keys: &[boxoffice_identity::KeyInfo]) -> String {
    keys.iter()
        .filter_map(|key| key.accepted_until)
        .max()
        .map_or_else(|| "they are retired".to_owned(), |end| end.to_string())
}
