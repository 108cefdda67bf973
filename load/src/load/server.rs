//! Starts, checks and stops the program under load. Only the process that it started is ever ended.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::Context as _;
use boxoffice_clock::{Clock, Stopwatch};
use rustix::process::{Pid, Signal, kill_process};

use super::connection::{Connection, LoadRequest, Target};

/// Timeout for the start and for the stop.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Poll interval during start and stop.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A running `boxoffice serve`. Dropping the value ends it.
pub struct Server {
    binary: PathBuf,
    data: PathBuf,
    child: Child,
}

impl Server {
    /// Starts the program on a free port of the loopback interface.
    pub fn start(binary: &Path, data: &Path) -> anyhow::Result<Self> {
        anyhow::ensure!(
            binary.exists(),
            "{} does not exist: build it with `cargo build --release`, or name another program with --binary",
            binary.display()
        );
        let child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--demo=false", "--data"])
            .arg(data)
            .env("BOXOFFICE_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", binary.display()))?;
        Ok(Self { binary: binary.to_owned(), data: data.to_owned(), child })
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the program is ready and returns its address.
    pub async fn ready(&self, clock: &Clock) -> anyhow::Result<SocketAddr> {
        let watch = Stopwatch::start();
        while watch.elapsed() < TIMEOUT {
            if let Some(address) = self.address() {
                let target = Target { address, clock: clock.clone() };
                if is_ready(&target).await.unwrap_or(false) {
                    return Ok(address);
                }
            }
            clock.sleep(POLL_INTERVAL).await;
        }
        anyhow::bail!("{} was not ready within {} s", self.binary.display(), TIMEOUT.as_secs())
    }

    /// The address in the lock file of the data folder; `None` unless this process wrote it.
    fn address(&self) -> Option<SocketAddr> {
        let text = std::fs::read(self.data.join("lock")).ok()?;
        let holder: serde_json::Value = serde_json::from_slice(&text).ok()?;
        let is_own = holder["pid"].as_u64() == Some(u64::from(self.pid()));
        holder["address"].as_str().filter(|_| is_own)?.parse().ok()
    }

    /// Runs `boxoffice verify`, which prints its report; returns whether all rules hold.
    pub fn verify(&self) -> anyhow::Result<bool> {
        println!();
        let status = Command::new(&self.binary).args(["verify", "--data"]).arg(&self.data).status()?;
        println!("verify: exit {}", status.code().map_or_else(|| "by a signal".to_owned(), |code| code.to_string()));
        Ok(status.success())
    }

    /// Sends SIGTERM and waits for the process to exit.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let clock = Clock::system();
        let pid = Pid::from_raw(self.pid().cast_signed()).context("a process has an id")?;
        kill_process(pid, Signal::TERM)?;
        let watch = Stopwatch::start();
        while watch.elapsed() < TIMEOUT {
            if let Some(status) = self.child.try_wait()? {
                anyhow::ensure!(status.success(), "the program did not stop cleanly: {status}");
                return Ok(());
            }
            clock.sleep(POLL_INTERVAL).await;
        }
        anyhow::bail!("the program did not stop within {} s", TIMEOUT.as_secs())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn is_ready(target: &Target) -> anyhow::Result<bool> {
    let request = LoadRequest::get("/health/ready", None)?;
    Ok(Connection::open(target).await?.send(&request).await?.status().is_success())
}
