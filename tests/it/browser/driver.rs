//! A client for W3C WebDriver (<https://www.w3.org/TR/webdriver2/>) that controls Chromium. It has the few commands that the
//! tests need: the WebDriver crates bring a second HTTP stack, or features of `serde_json` that would change all tests.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use boxoffice_clock::Clock;
use boxoffice_http::server;
use reqwest::{Client, Method};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::system::System;

/// Maximum wait for an element, a script or a command.
const WAIT_LIMIT: Duration = Duration::from_secs(30);

const MISSING: &str = "the tests of the pages need Chromium and its driver: `cargo xtask test` installs them, or \
    `apt-get install -y --no-install-recommends chromium chromium-driver`";

/// The key of an element reference in WebDriver responses.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The code point that WebDriver defines for the Enter key.
pub const ENTER: &str = "\u{E007}";

/// A browser with an empty profile, and an HTTP server for the system. Dropping the value stops both.
pub struct Browser {
    driver: Child,
    /// Process id of Chromium; `None` before it starts.
    chromium: Option<Pid>,
    profile: tempfile::TempDir,
    client: Client,
    /// URL of the WebDriver session.
    session: String,
    /// Base URL of the pages.
    base: String,
    server: JoinHandle<usize>,
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.server.abort();
        // The process may have ended already.
        let _ = self.chromium.map(|chromium| kill_process(chromium, Signal::KILL));
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    /// Serves `system` on a free port and opens a browser.
    pub async fn before(system: &System) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(server::serve(listener, system.router(), std::future::pending(), Duration::ZERO));
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{error}: {MISSING}"));
        let port = port_of(driver.stdout.take().unwrap());
        let client = Client::builder().timeout(WAIT_LIMIT).no_proxy().build().unwrap();
        let profile = tempfile::tempdir().unwrap();
        let session = format!("http://127.0.0.1:{port}/session");
        let mut browser = Self { driver, chromium: None, profile, client, session, base, server };
        browser.start().await;
        browser
    }

    async fn start(&mut self) {
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let options = json!({"args": ["--headless", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1200,1600", profile]});
        let logs = json!({"browser": "ALL", "performance": "ALL"});
        let capabilities =
            json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": logs}}});
        let started =
            self.try_command(Method::POST, "", capabilities).await.unwrap_or_else(|error| panic!("{error}: {MISSING}"));
        let pid = started["capabilities"]["goog:processID"].as_i64().unwrap();
        self.chromium = Pid::from_raw(pid.try_into().unwrap());
        self.session = format!("{}/{}", self.session, started["sessionId"].as_str().unwrap());
    }

    async fn try_command(&self, method: Method, path: &str, body: Value) -> Result<Value, String> {
        let request = self.client.request(method.clone(), format!("{}{path}", self.session));
        let request = if method == Method::POST { request.json(&body) } else { request };
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let is_good = answer.status().is_success();
        let value = answer.json::<Value>().await.map_err(|error| error.to_string())?["value"].take();
        if is_good { Ok(value) } else { Err(format!("{}: {}", value["error"], value["message"])) }
    }

    async fn command(&self, path: &str, body: Value) -> Value {
        self.try_command(Method::POST, path, body).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Opens a path of the system.
    pub async fn go(&self, path: &str) {
        self.command("/url", json!({"url": format!("{}{path}", self.base)})).await;
    }

    /// The result of a script, such as `return document.title`.
    pub async fn find(&self, script: &str) -> Value {
        self.command("/execute/sync", json!({"script": script, "args": []})).await
    }

    /// Waits until a script returns a value other than null, an empty text or an empty list.
    pub async fn wait(&self, script: &str) -> Value {
        let clock = Clock::system();
        let end = clock.now().plus(WAIT_LIMIT);
        while clock.now() < end {
            let found = self.find(script).await;
            let is_nothing = [json!(null), json!(false), json!(""), json!([]), json!(0)].contains(&found);
            if !is_nothing {
                return found;
            }
            clock.sleep(Duration::from_millis(50)).await;
        }
        panic!("there is never: {script}\nbut\n{}", self.find("return document.body.innerText").await);
    }

    /// Waits until the page shows a text.
    pub async fn wait_for_text(&self, text: &str) {
        self.wait(&format!("return document.body.innerText.includes({})", json!(text))).await;
    }

    /// Waits for the element that the CSS selector selects.
    async fn element(&self, selector: &str) -> String {
        self.wait(&format!("return document.querySelector({}) !== null", json!(selector))).await;
        let found = self.command("/element", json!({"using": "css selector", "value": selector})).await;
        format!("/element/{}", found[ELEMENT].as_str().unwrap())
    }

    /// Clicks like a user: an element that another one covers cannot be clicked.
    pub async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.command(&format!("{element}/click"), json!({})).await;
    }

    /// Types a text into the element.
    pub async fn enter(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.command(&format!("{element}/value"), json!({"text": text})).await;
    }

    /// Ends the session and checks the browser's logs: no page reported a warning or an error, and no page sent a request to
    /// another server. `allowed` lists parts of expected messages, such as the status of a refused request.
    pub async fn must_be_content(&self, allowed: &[&str]) {
        let log = async |kind: &str| self.command("/se/log", json!({"type": kind})).await.as_array().unwrap().clone();
        let lines = log("browser").await;
        // Messages below a warning are ignored.
        let complaints = lines.iter().filter(|line| line["level"] == "WARNING" || line["level"] == "SEVERE");
        let complaints: Vec<_> = complaints
            .map(|line| line["message"].to_string())
            .filter(|line| !allowed.iter().any(|allowed| line.contains(allowed)))
            .collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
        let events = log("performance").await;
        let sent: Vec<String> = events.iter().filter_map(requested).collect();
        assert!(!sent.is_empty(), "the browser asked for nothing");
        let strange: Vec<_> = sent.iter().filter(|url| !is_of(url, &self.base)).collect();
        assert!(strange.is_empty(), "asked of others: {strange:#?}");
    }
}

/// The URL of the request that a log entry of the browser describes.
fn requested(event: &Value) -> Option<String> {
    let event: Value = serde_json::from_str(event["message"].as_str()?).ok()?;
    let is_request = event["message"]["method"] == "Network.requestWillBeSent";
    is_request.then(|| event["message"]["params"]["request"]["url"].as_str().map(str::to_owned))?
}

/// Whether the URL is below `base`, inside the page, or that of the initial empty page.
fn is_of(url: &str, base: &str) -> bool {
    let is_at_base = url.strip_prefix(base).is_some_and(|path| path.starts_with('/'));
    is_at_base || ["data:", "chrome:", "chrome-untrusted:"].iter().any(|scheme| url.starts_with(scheme))
}

/// The port that the driver prints at start.
fn port_of(output: impl Read) -> u16 {
    let lines = BufReader::new(output).lines().map_while(Result::ok);
    let port = lines.filter_map(|line| line.split("started successfully on port ").nth(1).map(str::to_owned)).next();
    let port = port.unwrap_or_else(|| panic!("the driver does not start: {MISSING}"));
    port.trim_end_matches('.').parse().unwrap()
}
