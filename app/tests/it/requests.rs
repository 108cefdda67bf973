//! The request collection: the requests of every file in `requests/` are sent to the real program, in their order.

mod file;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use boxoffice_clock::Clock;
use serde_json::Value;

use self::file::{Expectation, Request, read};
use crate::cli::{
    dead_letters::SETTINGS,
    program::{self, Serving, WAIT_LIMIT, fresh_folder},
};

/// The files of the collection, in the order of their names.
fn collection() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../requests");
    let files = std::fs::read_dir(folder).expect("the folder exists").map(|file| file.expect("the file exists").path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|kind| kind == "http")).collect();
    files.sort();
    files
}

/// The state while a file is sent: its variables, and the responses to named requests.
struct Session {
    variables: BTreeMap<String, String>,
    responses: BTreeMap<String, Value>,
    secret: String,
}

impl Session {
    /// Replaces every `{{..}}` in `text` with its value.
    fn expand(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once("{{") else { return text.to_owned() };
        let (name, after) = rest.split_once("}}").expect("a reference ends");
        format!("{before}{}{}", self.value(name.trim()), self.expand(after))
    }

    fn value(&self, name: &str) -> String {
        if name == "$guid" {
            return uuid();
        }
        if name == "$dotenv CLIENT_SECRET" {
            return self.secret.clone();
        }
        if let Some((request, path)) = name.split_once(".response.body.") {
            let response =
                self.responses.get(request).unwrap_or_else(|| panic!("no earlier request is named {request}"));
            return match value_at(response, path) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => panic!("{name} is not in {response}"),
            };
        }
        let value = self.variables.get(name).unwrap_or_else(|| panic!("unknown variable {name}"));
        self.expand(value)
    }

    async fn send(&self, request: &Request) -> (u16, Value) {
        let url = self.expand(&request.url);
        let mut sent = reqwest::Client::new().request(request.method.parse().expect("a method"), url);
        for (name, value) in &request.headers {
            sent = sent.header(name, self.expand(value));
        }
        let answer = sent.body(self.expand(&request.body)).send().await.expect("the program runs");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("the program runs");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// The first unmet expectation of the file.
    fn unmet(&self, expectation: &Expectation, status: u16, body: &Value) -> Option<String> {
        match expectation {
            Expectation::Status(known) => {
                (!known.contains(&status)).then(|| format!("the status {status} is none of {known:?}"))
            }
            Expectation::Present(path) => match value_at(body, path) {
                None | Some(Value::Null) => Some(format!("{path} is missing")),
                Some(_) => None,
            },
            Expectation::Equal(path, json) => {
                let expected: Value = serde_json::from_str(&self.expand(json)).expect("the expected value is JSON");
                (value_at(body, path) != Some(&expected)).then(|| format!("{path} is not {expected}"))
            }
        }
    }

    /// Sends a request, again until its `@until` holds, and checks the response.
    async fn run(&mut self, request: &Request, what: &str) {
        let clock = Clock::system();
        let end = clock.now().plus(WAIT_LIMIT);
        loop {
            let (status, body) = self.send(request).await;
            let unmet = request.until.iter().find_map(|expectation| self.unmet(expectation, status, &body));
            if let Some(unmet) = unmet {
                assert!(clock.now() < end, "{what}: {unmet}: {status} {body}");
                clock.sleep(Duration::from_millis(50)).await;
                continue;
            }
            for expectation in &request.expect {
                if let Some(unmet) = self.unmet(expectation, status, &body) {
                    panic!("{what}: {unmet}: {status} {body}");
                }
            }
            if let Some(name) = &request.name {
                self.responses.insert(name.clone(), body);
            }
            return;
        }
    }
}

/// The value at a JSONPath of names and indexes: `$.tickets[0].code`.
fn value_at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let steps = path.strip_prefix('$').expect("a path begins at the root");
    value.pointer(&steps.replace(['.', '['], "/").replace(']', ""))
}

fn uuid() -> String {
    let entropy = boxoffice_clock::Entropy::system();
    entropy.uuid(Clock::system().now()).to_string()
}

#[tokio::test]
async fn every_request_of_the_collection_has_the_expected_response() {
    let data = fresh_folder("requests");
    // With these settings, `operator.http` soon finds a dead letter.
    let serving = Serving::start(&data, &["--demo"], SETTINGS).await;
    let client = std::fs::read(data.join("identity/client.json")).expect("the file exists");
    let client: Value = serde_json::from_slice(&client).expect("the text is JSON");
    let files = collection();
    let readme = std::fs::read_to_string(files[0].with_file_name("README.md")).expect("the file exists");
    assert!(files.len() >= 7, "the collection has {} files", files.len());
    for path in files {
        let name = path.file_name().expect("the path has a file name").to_string_lossy().into_owned();
        assert!(readme.contains(&format!("]({name})")), "requests/README.md does not list {name}");
        let mut file = read(&std::fs::read_to_string(&path).expect("the file exists"));
        file.variables.insert("host".to_owned(), format!("http://{}", serving.address));
        let secret = client["client_secret"].as_str().expect("the client has a secret").to_owned();
        let mut session = Session { variables: file.variables, responses: BTreeMap::new(), secret };
        assert!(!file.requests.is_empty(), "{name} has no requests");
        for request in &file.requests {
            let what = format!("{name}: {} {}", request.method, request.url);
            let has_status = request.expect.iter().any(|expectation| matches!(expectation, Expectation::Status(_)));
            assert!(has_status, "{what} has no expected status");
            session.run(request, &what).await;
        }
    }
    let verified = program::run_on(&data, &["verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}
