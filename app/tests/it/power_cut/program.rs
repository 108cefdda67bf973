//! The real binary as a process of its own. Only the process that was started here is ever ended.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use boxoffice_clock::{Clock, Stopwatch};
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_boxoffice");
/// A start on existing data may take no longer than this.
const START: Duration = Duration::from_secs(5);

/// Short lives, so that a run sees everything end that nobody paid for.
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

/// An empty folder on the disk of the build. A test that fails leaves it behind, to be looked at.
pub fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("nobody uses what an earlier run left");
    }
    std::fs::create_dir_all(&folder).expect("the build writes there, too");
    folder
}

/// A running `boxoffice serve`, killed on drop.
pub struct Program {
    data: PathBuf,
    child: Child,
    pub address: SocketAddr,
}

impl Program {
    /// Starts it and waits until it is ready.
    pub async fn start(data: &Path, clock: &Clock) -> Self {
        let mut child = Command::new(BINARY)
            .args(["serve", "--listen", "127.0.0.1:0", "--demo=false", "--data"])
            .arg(data)
            .envs(SETTINGS.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("cargo has built it");
        let watch = Stopwatch::start();
        loop {
            if let Some(address) = address(data, child.id())
                && is_ready(address).await
            {
                return Self { data: data.to_owned(), child, address };
            }
            if let Some(status) = child.try_wait().expect("it is our child") {
                panic!("it does not start: {status}");
            }
            assert!(watch.elapsed() < START, "it is not ready within {START:?}");
            clock.sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends it with SIGKILL: nothing of it runs any more when this returns.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it is our child");
    }

    /// Runs the audit, which must find every rule kept, and something to check for each.
    pub fn verify(&self, when: &str) {
        let output =
            Command::new(BINARY).args(["verify", "--data"]).arg(&self.data).output().expect("cargo has built it");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "verify {when}: {}\n{out}\n{err}", output.status);
        assert!(!out.contains("nothing to check"), "a rule saw nothing {when}, so this run has not tried it:\n{out}");
    }

    /// A token of the program's issuer.
    pub fn token(&self, subject: &str, scope: &str) -> String {
        let arguments = ["token", "--subject", subject, "--scope", scope, "--ttl", "1h", "--data"];
        let output = Command::new(BINARY).args(arguments).arg(&self.data).output().expect("cargo has built it");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("a token is ASCII").trim().to_owned()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address of process `pid`, read from the lock file of its data folder.
fn address(data: &Path, pid: u32) -> Option<SocketAddr> {
    let holder: Value = serde_json::from_slice(&std::fs::read(data.join("lock")).ok()?).ok()?;
    let ours = holder["pid"].as_u64() == Some(u64::from(pid));
    holder["address"].as_str().filter(|_| ours)?.parse().ok()
}

async fn is_ready(address: SocketAddr) -> bool {
    let answer = reqwest::get(format!("http://{address}/health/ready")).await;
    answer.is_ok_and(|answer| answer.status().is_success())
}
