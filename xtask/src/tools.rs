//! Programs that tests need and that cargo does not build.

use std::{
    env, fs,
    os::unix::fs::MetadataExt,
    path::Path,
    process::{Command, Stdio},
};

/// A program and its package in Debian and Ubuntu.
struct Tool {
    /// Name of the executable.
    program: &'static str,
    package: &'static str,
    /// Purpose in tests, for the message when it is missing.
    purpose: &'static str,
}

/// The programs that `cargo xtask test` installs.
const TOOLS: &[Tool] = &[
    Tool { program: "chromium", package: "chromium", purpose: "the browser of the tests" },
    Tool { program: "chromedriver", package: "chromium-driver", purpose: "the driver of the browser" },
];

/// Installs the missing programs.
///
/// # Errors
/// A message with the command to run by hand.
pub fn install_missing() -> Result<(), String> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    for tool in &missing {
        println!("xtask: {} is missing: {}", tool.program, tool.purpose);
    }
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    let install = [&["install", "-y", "--no-install-recommends"], &packages[..]].concat();
    let by_hand = format!("install it by hand: apt-get {}", install.join(" "));
    let Some(root) = as_root() else {
        return Err(format!("packages can only be installed by apt-get, as root or with sudo; {by_hand}"));
    };
    // The package lists are updated only if the installation with the existing ones fails.
    let is_done = apt_get(root, &install) || apt_get(root, &["update"]) && apt_get(root, &install);
    if !is_done {
        return Err(format!("apt-get could not install {}; {by_hand}", packages.join(", ")));
    }
    match self::missing().first() {
        None => Ok(()),
        Some(tool) => Err(format!("{} is installed but has no {}", tool.package, tool.program)),
    }
}

fn missing() -> Vec<&'static Tool> {
    TOOLS.iter().filter(|tool| !is_on_path(tool.program)).collect()
}

fn is_on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The prefix that runs a command as root; `None` without `apt-get` or a way to become root.
fn as_root() -> Option<&'static [&'static str]> {
    let is_root = fs::metadata(Path::new("/proc/self")).is_ok_and(|process| process.uid() == 0);
    let how: &[&str] = match (is_root, is_on_path("sudo")) {
        (true, _) => &["env"],
        (false, true) => &["sudo", "env"],
        (false, false) => return None,
    };
    is_on_path("apt-get").then_some(how)
}

/// Runs apt-get non-interactively with its output shown. Returns true when it succeeded.
fn apt_get(root: &[&str], what: &[&str]) -> bool {
    println!("xtask: apt-get {}", what.join(" "));
    let command = [root, &["DEBIAN_FRONTEND=noninteractive", "apt-get"], what].concat();
    let status = Command::new(command[0]).args(&command[1..]).stdin(Stdio::inherit()).status();
    status.is_ok_and(|status| status.success())
}
