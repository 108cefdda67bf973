//! Parser of `.http` files in the format of the REST Client extension of VS Code, with expectations in comments.

use std::collections::BTreeMap;

/// A parsed `.http` file.
#[derive(Debug, Default)]
pub struct HttpFile {
    /// The variables of lines such as `@name = value`.
    pub variables: BTreeMap<String, String>,
    pub requests: Vec<Request>,
}

/// One request, with `{{..}}` as written.
#[derive(Debug, Default)]
pub struct Request {
    /// Name by which later requests refer to its response.
    pub name: Option<String>,
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub expect: Vec<Expectation>,
    /// The request is sent again until these hold.
    pub until: Vec<Expectation>,
}

/// An expectation of a response.
#[derive(Debug, PartialEq, Eq)]
pub enum Expectation {
    /// The status is one of these.
    Status(Vec<u16>),
    /// The body has a value other than `null` at this path.
    Present(String),
    /// The body has, at this path, this JSON value.
    Equal(String, String),
}

/// Reads a file: parts between lines of `###`, each a request or variables alone.
///
/// # Panics
/// The file is malformed.
pub fn read(content: &str) -> HttpFile {
    let mut file = HttpFile::default();
    let mut part = Vec::new();
    for line in content.lines() {
        if line.starts_with("###") {
            file.add(&part);
            part.clear();
        } else {
            part.push(line);
        }
    }
    file.add(&part);
    file
}

impl HttpFile {
    fn add(&mut self, part: &[&str]) {
        let mut request = Request::default();
        let mut lines = part.iter().copied();
        // Comments and variables precede the request line.
        for line in lines.by_ref() {
            if let Some(comment) = line.strip_prefix('#') {
                request.note(comment.trim());
            } else if let Some(variable) = line.strip_prefix('@') {
                let (name, value) = variable.split_once('=').expect("a variable has a value");
                self.variables.insert(name.trim().to_owned(), value.trim().to_owned());
            } else if let Some((method, url)) = line.split_once(' ') {
                (request.method, request.url) = (method.to_owned(), url.trim().to_owned());
                break;
            }
        }
        for line in lines.by_ref().take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').expect("a header has a value");
            request.headers.push((name.to_owned(), value.trim().to_owned()));
        }
        request.body = lines.collect::<Vec<_>>().join("\n").trim().to_owned();
        if !request.method.is_empty() {
            self.requests.push(request);
        }
    }
}

impl Request {
    fn note(&mut self, comment: &str) {
        match comment.split_once(' ') {
            Some(("@name", name)) => self.name = Some(name.to_owned()),
            Some(("@expect", what)) => self.expect.push(Expectation::of(what)),
            Some(("@until", what)) => self.until.push(Expectation::of(what)),
            _ => assert!(!comment.starts_with('@'), "unknown instruction # {comment}"),
        }
    }
}

impl Expectation {
    fn of(text: &str) -> Self {
        match text.split_once(" == ") {
            Some((path, json)) => Self::Equal(path.to_owned(), json.to_owned()),
            None if text.starts_with('$') => Self::Present(text.to_owned()),
            None => Self::Status(text.split(' ').map(|status| status.parse().expect("a status is a number")).collect()),
        }
    }
}

#[test]
fn requests_variables_and_expectations_are_parsed() {
    let file = read(
        "# About.\n@host = http://here\n\n### One\n# @name one\n# @expect 200 201\n# @until $.a == {\"b\": 1}\n\
         POST {{host}}/x\nA: b: c\n\n{\"a\": 1}\n\n### Two\n# @expect $.b[0]\nGET {{host}}/{{one.response.body.$.id}}\n",
    );
    assert_eq!(file.variables["host"], "http://here");
    let [one, two] = file.requests.try_into().expect("two requests");
    assert_eq!((one.name.as_deref(), one.method.as_str(), one.url.as_str()), (Some("one"), "POST", "{{host}}/x"));
    assert_eq!((one.headers, one.body.as_str()), (vec![("A".to_owned(), "b: c".to_owned())], "{\"a\": 1}"));
    assert_eq!(one.expect, [Expectation::Status(vec![200, 201])]);
    assert_eq!(one.until, [Expectation::Equal("$.a".to_owned(), "{\"b\": 1}".to_owned())]);
    assert_eq!((two.url.as_str(), two.body.as_str()), ("{{host}}/{{one.response.body.$.id}}", ""));
    assert_eq!(two.expect, [Expectation::Present("$.b[0]".to_owned())]);
}
