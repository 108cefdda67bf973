//! Examples of error responses, built from the error codes in their descriptions.

use boxoffice_http::{Code, codes};
use serde_json::{Value, json};

const MEDIA_TYPE: &str = "application/problem+json";

/// Adds an example of each error code to the error responses of an operation that have no examples. `known` are all error
/// codes.
pub fn exemplify(answers: &mut Value, known: &[&'static Code]) {
    for (status, answer) in answers.as_object_mut().into_iter().flatten() {
        let named: Vec<&Code> = named(&answer["description"], status, known);
        let Some(media) = answer.pointer_mut("/content").and_then(|content| content.get_mut(MEDIA_TYPE)) else {
            continue;
        };
        if media.get("example").is_none() && media.get("examples").is_none() {
            media["examples"] = named.into_iter().map(|code| (code.code.to_owned(), example(code))).collect();
        }
    }
}

/// The codes in backticks in a description; if it has none, the shared code of the status.
fn named(description: &Value, status: &str, known: &[&'static Code]) -> Vec<&'static Code> {
    let words = description.as_str().unwrap_or_default().split('`').skip(1).step_by(2);
    let named: Vec<_> = words.filter_map(|word| known.iter().find(|code| code.code == word).copied()).collect();
    let of_status = || codes::ALL.iter().find(|code| code.status.to_string() == status).copied();
    if named.is_empty() { vec![of_status().unwrap_or(&codes::INTERNAL)] } else { named }
}

fn example(code: &Code) -> Value {
    let (sentence, _) = code.about.split_once(". ").unwrap_or((code.about, ""));
    let mut problem = json!({
        "type": format!("/docs/errors#{}", code.code), "title": code.title, "status": code.status, "code": code.code,
        "detail": sentence.replace('\n', " ").trim_end_matches('.'),
    });
    if *code == codes::INVALID {
        problem["errors"] = json!([{"field": "lines[0].quantity", "code": "range", "message": "lower than 1"}]);
    }
    json!({"summary": code.title, "value": problem})
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOLD_OUT: Code =
        Code { code: "sold-out", status: 409, title: "Sold out", about: "No seat is available. Try again later." };

    fn examples(status: &str, description: &str) -> Value {
        let mut answers = json!({status: {"description": description, "content": {MEDIA_TYPE: {}}}});
        exemplify(&mut answers, &[&SOLD_OUT, &codes::INVALID]);
        answers[status]["content"][MEDIA_TYPE]["examples"].take()
    }

    #[test]
    fn named_codes_have_examples() {
        let examples_of_code = examples("409", "`sold-out`: no seat is available; `key`: no code");
        let sold_out = json!({"type": "/docs/errors#sold-out", "title": "Sold out", "status": 409, "code": "sold-out",
            "detail": "No seat is available"});
        assert_eq!(examples_of_code, json!({"sold-out": {"summary": "Sold out", "value": sold_out}}));
    }

    #[test]
    fn a_description_without_codes_has_the_shared_code() {
        for (status, code) in [("401", "unauthorized"), ("400", "invalid"), ("default", "internal")] {
            let examples_of_code = examples(status, "refused");
            assert_eq!(examples_of_code.as_object().unwrap().keys().collect::<Vec<_>>(), [code], "{status}");
        }
    }

    #[test]
    fn existing_examples_are_kept() {
        let mut answers = json!({"400": {"description": "", "content": {MEDIA_TYPE: {"example": 1}}}, "204": {}});
        let before = answers.clone();
        exemplify(&mut answers, &[]);
        assert_eq!(answers, before);
    }
}
