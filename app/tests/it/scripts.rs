//! The scripts `start-system.sh` and `test-api.sh`: they run the program and report failures.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::cli::program::{BINARY, CommandOutput, fresh_folder};

/// Runs the scripts on a data folder. Dropping it stops the system.
struct Scripts {
    data: PathBuf,
}

impl Scripts {
    fn on(name: &str) -> Self {
        Self { data: fresh_folder(name) }
    }

    fn run(&self, script: &str, arguments: &[&str], environment: &[(&str, &str)]) -> CommandOutput {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(script);
        let output = Command::new(path)
            .args(arguments)
            .env("BINARY", BINARY)
            .env("BOXOFFICE_DATA", &self.data)
            .env("BOXOFFICE_LISTEN", "127.0.0.1:0")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .output()
            .expect("bash is installed");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the output is UTF-8");
        CommandOutput { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs `start-system.sh` and compares its exit code and output.
    fn expect(&self, argument: &str, code: i32, output: &str) {
        let ran = self.run("start-system.sh", &[argument], &[]);
        assert!(ran.code == Some(code) && ran.out.contains(output), "{argument}: {ran:?}");
    }
}

impl Drop for Scripts {
    fn drop(&mut self) {
        self.run("start-system.sh", &["stop"], &[]);
    }
}

#[test]
fn the_system_is_started_and_stopped() {
    let scripts = Scripts::on("scripts-start");
    scripts.expect("status", 1, "Nothing runs on");
    scripts.expect("start", 0, "It runs in the background as process");
    scripts.expect("start", 0, "It runs already, at http://127.0.0.1:");
    scripts.expect("status", 0, "It runs at http://127.0.0.1:");
    scripts.expect("stop", 0, "Stopped.");
    scripts.expect("stop", 0, "Nothing runs on");
    scripts.expect("status", 1, "Nothing runs on");
}

#[test]
fn a_failed_start_reports_the_reason() {
    let scripts = Scripts::on("scripts-failing");
    let failed = scripts.run("start-system.sh", &[], &[("BOXOFFICE_INVENTORY_HOLD_LIFE", "soon")]);
    assert!(failed.code == Some(1) && failed.err.contains("BOXOFFICE_INVENTORY_HOLD_LIFE"), "{failed:?}");
    let misused = scripts.run("start-system.sh", &["up"], &[]);
    assert!(misused.code == Some(2) && misused.err.contains("usage"), "{misused:?}");
    let nowhere = scripts.run("test-api.sh", &[], &[]);
    assert!(nowhere.code == Some(1) && nowhere.err.contains("Nothing runs on"), "{nowhere:?}");
}

#[test]
fn the_api_test_can_be_repeated() {
    let scripts = Scripts::on("scripts-api");
    scripts.expect("start", 0, "It runs in the background as process");
    for _ in 0..2 {
        let tried = scripts.run("test-api.sh", &[], &[]);
        assert!(tried.code == Some(0) && tried.out.ends_with("All is as expected.\n"), "{tried:?}");
    }
    scripts.expect("stop", 0, "Stopped.");
    let stopped = scripts.run("test-api.sh", &[], &[]);
    assert!(stopped.code == Some(1) && stopped.err.contains("FAILED"), "{stopped:?}");
}
