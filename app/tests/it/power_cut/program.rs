//! Runs the real binary with short lifetimes and deadlines, as a process that can be killed.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use boxoffice_clock::{Clock, Stopwatch};

use crate::cli::program::{self, BINARY, address};

/// Limit for a start on existing data.
const START: Duration = Duration::from_secs(5);

/// Short lifetimes and deadlines, so that unpaid bookings end during a run.
const SETTINGS: &[(&str, &str)] = &[
    ("BOXOFFICE_LOG", "error"),
    ("BOXOFFICE_INVENTORY_UNCLAIMED_HOLD_LIFE", "5s"),
    ("BOXOFFICE_PAYMENTS_DEADLINE", "10s"),
    ("BOXOFFICE_PAYMENTS_TIMEOUT", "1s"),
    ("BOXOFFICE_PAYMENTS_FIRST_RETRY_DELAY", "100ms"),
    ("BOXOFFICE_PAYMENTS_MAX_RETRY_DELAY", "1s"),
    ("BOXOFFICE_PAYMENTS_SIMULATED_DELAY", "500ms"),
    ("BOXOFFICE_BOOKINGS_DEADLINE", "60s"),
];

/// A running `boxoffice serve`, killed on drop.
pub struct Program {
    data: PathBuf,
    child: Child,
    pub address: SocketAddr,
}

impl Program {
    /// Starts the program and waits until it is ready.
    pub async fn start(data: &Path, clock: &Clock) -> Self {
        let mut child = Command::new(BINARY)
            .args(["serve", "--listen", "127.0.0.1:0", "--demo=false", "--data"])
            .arg(data)
            .envs(SETTINGS.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("cargo builds the program");
        let watch = Stopwatch::start();
        loop {
            if let Some(address) = address(data, child.id())
                && is_ready(address).await
            {
                return Self { data: data.to_owned(), child, address };
            }
            if let Some(status) = child.try_wait().expect("the process is a child of the test") {
                panic!("the program does not start: {status}");
            }
            assert!(watch.elapsed() < START, "the program is not ready within {START:?}");
            clock.sleep(Duration::from_millis(5)).await;
        }
    }

    /// Kills the process with SIGKILL and waits until it has ended.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process is a child of the test");
        self.child.wait().expect("the process is a child of the test");
    }

    /// Runs the audit. Every invariant must hold and must have something to check.
    pub fn verify(&self, when: &str) {
        let output =
            Command::new(BINARY).args(["verify", "--data"]).arg(&self.data).output().expect("cargo builds the program");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "verify {when}: {}\n{out}\n{err}", output.status);
        assert!(!out.contains("nothing to check"), "an invariant had nothing to check {when}:\n{out}");
    }

    /// A token of the program's issuer.
    pub fn token(&self, subject: &str, scope: &str) -> String {
        program::token(&self.data, subject, scope, &["--ttl", "1h"])
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // An error means that the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let answer = reqwest::get(format!("http://{address}/health/ready")).await;
    answer.is_ok_and(|answer| answer.status().is_success())
}
