//! The `curl` commands of the source documents.

use axum::{body::Body, http::Request};

use crate::system::{System, TestResponse};

/// The words of a shell command with single quotes, double quotes and continued lines.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut chars = command.chars();
    while let Some(char) = chars.next() {
        match (char, quote) {
            ('\'' | '"', None) => (quote, word) = (Some(char), Some(word.take().unwrap_or_default())),
            (_, Some(open)) if char == open => quote = None,
            ('\\', None) => assert_eq!(chars.next(), Some('\n'), "a backslash inside a line of {command}"),
            (' ' | '\n', None) => words.extend(word.take()),
            _ => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word);
    words
}

impl System {
    /// Sends the request of a `curl` command of a document, with a token.
    pub async fn curl(&self, who: (&str, &str), command: &str) -> TestResponse {
        let words = words(command);
        let mut words = words.iter().map(String::as_str);
        assert_eq!(words.next(), Some("curl"));
        let (mut method, mut path, mut body) = (None, String::new(), None);
        let mut request = Request::builder();
        while let Some(word) = words.next() {
            match word {
                "-X" => method = words.next(),
                "-H" => {
                    let (name, value) = words.next().unwrap().split_once(": ").unwrap();
                    request = request.header(name, value);
                }
                "-d" => body = words.next(),
                url => path = url.strip_prefix("http://localhost:3000").unwrap().to_owned(),
            }
        }
        let method = method.unwrap_or(if body.is_some() { "POST" } else { "GET" });
        let request = request.method(method).uri(path).header("authorization", format!("Bearer {}", self.token(who)));
        self.send_request(request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_owned()))).unwrap())
            .await
    }
}
