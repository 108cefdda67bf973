//! The real binary: run to its end, or serving in a process of its own. Only what was started here is ever ended.

use std::{
    fs::File,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use boxoffice_clock::Clock;
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// The program that cargo has built.
pub const BINARY: &str = env!("CARGO_BIN_EXE_boxoffice");
/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// An empty folder on the disk of the build. A test that fails leaves it behind, to be looked at.
pub fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("nobody uses what an earlier run left");
    }
    std::fs::create_dir_all(&folder).expect("the build writes there, too");
    folder
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are ports");
    listener.local_addr().expect("it listens").port()
}

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs a command to its end.
pub fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    run_in(Path::new("."), arguments, environment)
}

/// Runs a command to its end, from another working folder.
pub fn run_in(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let output = Command::new(BINARY)
        .current_dir(folder)
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("cargo has built it");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what it prints is text");
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Runs a command on a data folder.
pub fn on(data: &Path, arguments: &[&str]) -> Ran {
    run(arguments, &[("BOXOFFICE_DATA", data.to_str().expect("cargo's folder is Unicode"))])
}

/// What `token` prints.
pub fn token(data: &Path, subject: &str, scope: &str, more: &[&str]) -> String {
    let Ran { code, out, err } = on(data, &[&["token", "--subject", subject, "--scope", scope], more].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    out.trim().to_owned()
}

/// The claims of a token.
pub fn claims(token: &str) -> Value {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for letter in token.split('.').nth(1).expect("a token has three parts").bytes() {
        let six = ALPHABET.iter().position(|known| *known == letter).expect("base64url");
        (bits, held) = (bits << 6 | u32::try_from(six).expect("less than 64"), held + 6);
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 255).expect("eight bits"));
        }
    }
    serde_json::from_slice(&bytes).expect("claims are JSON")
}

/// A running `boxoffice serve`, killed on drop.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
    folder: PathBuf,
}

impl Serving {
    /// Starts it on a port of its own and waits until it is ready.
    pub async fn start(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_at(data, &[&["--listen", "127.0.0.1:0"], arguments].concat(), environment).await
    }

    /// Starts the program with the address from `environment`.
    pub async fn start_at(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_by(Command::new(BINARY), data, arguments, environment).await
    }

    /// Starts it so that a file that may not grow is an error to it, as on a full disk, and not its end.
    pub async fn start_to_be_limited(data: &Path, environment: &[(&str, &str)]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"trap '' XFSZ; exec "$@""#, "sh", BINARY]);
        Self::start_by(shell, data, &["--listen", "127.0.0.1:0"], environment).await
    }

    async fn start_by(mut command: Command, data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let folder = data.with_extension("output");
        std::fs::create_dir_all(&folder).expect("the build writes there, too");
        let file = |name: &str| File::create(folder.join(name)).expect("the build writes there, too");
        let mut child = command
            .args(["serve", "--data"])
            .arg(data)
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(file("out"))
            .stderr(file("err"))
            .spawn()
            .expect("cargo has built it");
        let clock = Clock::system();
        let end = clock.now().plus(PATIENCE);
        loop {
            let address = address(data, child.id());
            if let Some(address) = address.filter(|_| banner_is_whole(&folder))
                && reqwest::get(format!("http://{address}/health/ready"))
                    .await
                    .is_ok_and(|ready| ready.status().is_success())
            {
                return Self { child, address, folder };
            }
            let status = child.try_wait().expect("it is our child");
            let err = || std::fs::read_to_string(folder.join("err")).unwrap_or_default();
            assert!(status.is_none(), "it does not start: {status:?} {}", err());
            if clock.now() >= end {
                // Nothing that was started outlives the test.
                let _ = child.kill();
                panic!("it is not ready within {PATIENCE:?}: {}", err());
            }
            clock.sleep(Duration::from_millis(10)).await;
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed up to now.
    pub fn out(&self) -> String {
        std::fs::read_to_string(self.folder.join("out")).expect("it was made at the start")
    }

    /// What it has logged up to now.
    pub fn err(&self) -> String {
        std::fs::read_to_string(self.folder.join("err")).expect("it was made at the start")
    }

    /// Sends SIGTERM and returns the exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        let sent = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().expect("there is a kill");
        assert!(sent.success());
        self.child.wait().expect("it is our child").code()
    }

    pub async fn get(&self, path: &str, token: &str) -> (StatusCode, Value) {
        let request = reqwest::Client::new().get(format!("http://{}{path}", self.address));
        answer(request.bearer_auth(token)).await
    }

    /// Sends a request and waits for the end of what it begins.
    pub async fn send(&self, method: Method, path: &str, token: &str, body: &Value) -> (StatusCode, Value) {
        let request = reqwest::Client::new().request(method, format!("http://{}{path}", self.address));
        answer(request.bearer_auth(token).header("prefer", "wait=10").json(body)).await
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.expect("the program runs");
    let (status, text) = (answer.status(), answer.text().await.expect("the program runs"));
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// The banner is printed after the address is known.
fn banner_is_whole(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("out")).is_ok_and(|out| out.contains("client secret") && out.ends_with('\n'))
}

/// The address of process `pid`, read from the lock file of its data folder.
fn address(data: &Path, pid: u32) -> Option<SocketAddr> {
    let holder: Value = serde_json::from_slice(&std::fs::read(data.join("lock")).ok()?).ok()?;
    let ours = holder["pid"].as_u64() == Some(u64::from(pid));
    holder["address"].as_str().filter(|_| ours)?.parse().ok()
}
