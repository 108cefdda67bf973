//! Runs the real binary: a command until it ends, or `serve` as a process that ends with the test.

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

/// Path of the program under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_boxoffice");
/// Limit for every wait in these tests.
pub const WAIT_LIMIT: Duration = Duration::from_secs(30);

/// Creates an empty folder in the target folder. A failed test leaves it for inspection.
pub fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("the folder of an earlier run can be removed");
    }
    std::fs::create_dir_all(&folder).expect("the target folder is writable");
    folder
}

/// Copies a folder with everything in it into `to`, which may exist.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the target folder is writable");
    for entry in std::fs::read_dir(from).expect("the folder exists") {
        let path = entry.expect("the entry is readable").path();
        let to = to.join(path.file_name().expect("the path has a file name"));
        if path.is_dir() {
            copy_folder(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("the disk has space");
        }
    }
}

/// The path as an argument of a command.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("the path of the test folder is UTF-8")
}

/// A port that is not in use.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("the listener has an address").port()
}

/// Exit code and output of a command.
#[derive(Debug)]
pub struct CommandOutput {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs a command until it ends.
pub fn run(arguments: &[&str], environment: &[(&str, &str)]) -> CommandOutput {
    run_in(Path::new("."), arguments, environment)
}

/// Runs a command until it ends, in another working directory.
pub fn run_in(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> CommandOutput {
    let output = Command::new(BINARY)
        .current_dir(folder)
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("cargo builds the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the output is UTF-8");
    CommandOutput { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Runs a command on a data folder.
pub fn run_on(data: &Path, arguments: &[&str]) -> CommandOutput {
    run(arguments, &[("BOXOFFICE_DATA", text(data))])
}

/// Runs `backup` on a data folder.
pub fn backup(data: &Path, to: &Path) -> CommandOutput {
    run(&["backup", "--data", text(data), "--to", text(to)], &[])
}

/// Runs `restore` with further arguments.
pub fn restore(from: &Path, data: &Path, more: &[&str]) -> CommandOutput {
    run(&[&["restore", "--from", text(from), "--data", text(data)], more].concat(), &[])
}

/// Signs a token with the command `token`.
pub fn token(data: &Path, subject: &str, scope: &str, more: &[&str]) -> String {
    let CommandOutput { code, out, err } =
        run_on(data, &[&["token", "--subject", subject, "--scope", scope], more].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    out.trim().to_owned()
}

/// The claims of a token.
pub fn claims(token: &str) -> Value {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for character in token.split('.').nth(1).expect("a token has three parts").bytes() {
        let six = ALPHABET.iter().position(|known| *known == character).expect("base64url");
        (bits, count) = (bits << 6 | u32::try_from(six).expect("less than 64"), count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 255).expect("eight bits"));
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
    /// Starts the program on a free port and waits until it is ready.
    pub async fn start(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_at(data, &[&["--listen", "127.0.0.1:0"], arguments].concat(), environment).await
    }

    /// Starts the program with the address from `environment`.
    pub async fn start_at(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_by(Command::new(BINARY), data, arguments, environment).await
    }

    /// Starts the program so that writes beyond a file size limit fail, as on a full disk, instead of ending the process.
    pub async fn start_with_file_size_limit(data: &Path, environment: &[(&str, &str)]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"trap '' XFSZ; exec "$@""#, "sh", BINARY]);
        Self::start_by(shell, data, &["--listen", "127.0.0.1:0"], environment).await
    }

    async fn start_by(mut command: Command, data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let folder = data.with_extension("output");
        std::fs::create_dir_all(&folder).expect("the target folder is writable");
        let file = |name: &str| File::create(folder.join(name)).expect("the target folder is writable");
        let mut child = command
            .args(["serve", "--data"])
            .arg(data)
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(file("out"))
            .stderr(file("err"))
            .spawn()
            .expect("cargo builds the program");
        let clock = Clock::system();
        let end = clock.now().plus(WAIT_LIMIT);
        loop {
            let address = address(data, child.id());
            if let Some(address) = address.filter(|_| is_banner_complete(&folder))
                && reqwest::get(format!("http://{address}/health/ready"))
                    .await
                    .is_ok_and(|ready| ready.status().is_success())
            {
                return Self { child, address, folder };
            }
            let status = child.try_wait().expect("the process is a child of the test");
            let err = || std::fs::read_to_string(folder.join("err")).unwrap_or_default();
            assert!(status.is_none(), "the program does not start: {status:?} {}", err());
            if clock.now() >= end {
                // The process must not outlive the test.
                let _ = child.kill();
                panic!("the program is not ready within {WAIT_LIMIT:?}: {}", err());
            }
            clock.sleep(Duration::from_millis(10)).await;
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The output on stdout until now.
    pub fn out(&self) -> String {
        std::fs::read_to_string(self.folder.join("out")).expect("the file was created at the start")
    }

    /// The log on stderr until now.
    pub fn err(&self) -> String {
        std::fs::read_to_string(self.folder.join("err")).expect("the file was created at the start")
    }

    /// Sends SIGTERM and returns the exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        let sent = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().expect("kill is installed");
        assert!(sent.success());
        self.child.wait().expect("the process is a child of the test").code()
    }

    pub async fn get(&self, path: &str, token: &str) -> (StatusCode, Value) {
        let request = reqwest::Client::new().get(format!("http://{}{path}", self.address));
        answer(request.bearer_auth(token)).await
    }

    /// Sends a request and waits for the outcome of the booking that it creates.
    pub async fn send(&self, method: Method, path: &str, token: &str, body: &Value) -> (StatusCode, Value) {
        let request = reqwest::Client::new().request(method, format!("http://{}{path}", self.address));
        answer(request.bearer_auth(token).header("prefer", "wait=10").json(body)).await
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // An error means that the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.expect("the program runs");
    let (status, text) = (answer.status(), answer.text().await.expect("the program runs"));
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Whether the banner is complete. It is printed after the address is written to the lock file.
fn is_banner_complete(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("out")).is_ok_and(|out| out.contains("client secret") && out.ends_with('\n'))
}

/// The address of process `pid`, read from the lock file of its data folder.
pub fn address(data: &Path, pid: u32) -> Option<SocketAddr> {
    let holder: Value = serde_json::from_slice(&std::fs::read(data.join("lock")).ok()?).ok()?;
    let is_own = holder["pid"].as_u64() == Some(u64::from(pid));
    holder["address"].as_str().filter(|_| is_own)?.parse().ok()
}
