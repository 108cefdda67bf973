//! The `curl` commands of the source documents.

use axum::{body::Body, http::Request};

use crate::system::{System, TestResponse};

/// The words of a command of the shell, with both kinds of quotes and broken lines.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\'' | '"', None) => (quote, word) = (Some(letter), Some(word.take().unwrap_or_default())),
            (_, Some(open)) if letter == open => quote = None,
            ('\\', None) => assert_eq!(letters.next(), Some('\n'), "a backslash that ends no line in {command}"),
            (' ' | '\n', None) => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

impl System {
    /// Does what a command of a document says, with a token besides.
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
