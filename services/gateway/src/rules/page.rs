//! The documentation of rules: docs/compatible-paths.md and the list of the command line.

use std::fmt::Write as _;

use super::{
    Rules,
    file::{Field, RuleFile, RuleText},
    rule::{Rule, Target},
};

const FRONT: &str = "# Compatible paths

The canonical API is under `/api/v1`; its OpenAPI documents describe it. The gateway also serves the paths of other
ticketing APIs, by rules. A rule translates a request to a canonical request, and the response back. It decides nothing:
authorization, validation and idempotency keys are those of the canonical route. Errors are problems (RFC 9457) with the
field names of the client. A parameter or field that the rule does not declare is refused with 400.

Lists accept `limit` and `cursor`, and link to the next page with `Link`. A canonical name in parentheses follows a field
with another name.

A test generates this page from the rules in `services/gateway/rules/`.
";

impl Rules {
    /// The page docs/compatible-paths.md: every rule, and the notes on each API.
    pub fn page(&self) -> String {
        let mut page = FRONT.to_owned();
        for (number, (_, file)) in self.files.iter().enumerate() {
            write!(page, "\n## {}\n\n", file.title).expect("writing to a string cannot fail");
            page.push_str("| request | canonical request | input | output |\n| --- | --- | --- | --- |\n");
            for (_, rule) in self.all.iter().filter(|(of, _)| *of == number) {
                let (canonical, output) = match &rule.target {
                    Target::Canonical { .. } => (code(&target(rule)), output(rule, file)),
                    Target::Refused(problem) => {
                        (format!("{} `{}`", problem.code.status, problem.code.code), String::new())
                    }
                };
                writeln!(
                    page,
                    "| {}: {} | {canonical} | {} | {output} |",
                    code(&rule.text.from),
                    rule.text.about,
                    input(rule)
                )
                .expect("writing to a string cannot fail");
            }
            if !file.notes.is_empty() {
                page.push('\n');
            }
            for note in &file.notes {
                writeln!(page, "- {note}").expect("writing to a string cannot fail");
            }
        }
        page + include_str!("writing.md")
    }

    /// The texts of all rules.
    pub fn texts(&self) -> impl Iterator<Item = &RuleText> {
        self.all.iter().map(|(_, rule)| &rule.text)
    }

    /// One line for each rule: the client's request, the canonical request or the refusal, and the file of the rule.
    pub fn list(&self) -> Vec<[String; 3]> {
        let line = |(number, rule): &(usize, std::sync::Arc<Rule>)| {
            [rule.text.from.clone(), target(rule), self.files[*number].0.clone()]
        };
        self.all.iter().map(line).collect()
    }
}

fn target(rule: &Rule) -> String {
    match &rule.target {
        Target::Canonical { method, path } => format!("{method} {path}"),
        Target::Refused(problem) => format!("{} {}", problem.code.status, problem.code.code),
    }
}

/// The parameters and fields of a rule, with canonical names where they differ.
fn input(rule: &Rule) -> String {
    let named = |(name, field): (&String, &Field), before: &str| {
        let to = field.to.as_ref().filter(|to| *to != name).map(|to| format!(" ({})", code(to))).unwrap_or_default();
        format!("{}{to}", code(&format!("{before}{name}")))
    };
    let query = rule.text.query.iter().map(|field| named(field, "?"));
    let body = rule.body.iter().map(|field| named(field, ""));
    query.chain(body).collect::<Vec<_>>().join(", ")
}

/// The fields of the shapes in the response.
fn output(rule: &Rule, file: &RuleFile) -> String {
    let Some(filter) = &rule.text.answer else { return String::new() };
    let words: Vec<_> = filter.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let shapes = file.shapes.iter().filter(|(name, _)| words.contains(&name.as_str()));
    shapes.flat_map(|(_, shape)| shape.keys().map(|name| code(name))).collect::<Vec<_>>().join(", ")
}

fn code(text: &str) -> String {
    format!("`{text}`")
}
