//! Rules as people read them.

use std::fmt::Write as _;

use super::{
    Rules,
    file::{Field, RuleFile, RuleText},
    rule::{Rule, Target},
};

const FRONT: &str = "# Compatible paths

The API is the one under `/api/v1`, as its OpenAPI documents say. Other APIs sell tickets under other paths and in other
words; the gateway answers these too, by rules. A rule says which canonical request stands for a client's, and what is made
of the answer. It decides nothing: who may do what, what is refused and what an `Idempotency-Key` is bound to are those of
the canonical route, and a refusal is a problem as everywhere, its fields named as the client spelled them. What a rule does
not name, as a parameter or in a body, is refused with 400.

Lists take `limit` and `cursor`, and lead on by `Link`. A field whose canonical name is another one is shown with it.
";

impl Rules {
    /// docs/compatible-paths.md: every rule, and what a reader of each API should know.
    pub fn page(&self) -> String {
        let mut page = FRONT.to_owned();
        for (number, (_, file)) in self.files.iter().enumerate() {
            write!(page, "\n## {}\n\n", file.title).expect("a string takes all");
            page.push_str("| request | canonical | takes | gives |\n| --- | --- | --- | --- |\n");
            for (_, rule) in self.all.iter().filter(|(of, _)| *of == number) {
                let (canonical, gives) = match &rule.target {
                    Target::Canonical { .. } => (code(&target(rule)), gives(rule, file)),
                    Target::Refused(problem) => {
                        (format!("{} `{}`", problem.code.status, problem.code.code), String::new())
                    }
                };
                writeln!(
                    page,
                    "| {}: {} | {canonical} | {} | {gives} |",
                    code(&rule.text.from),
                    rule.text.about,
                    takes(rule)
                )
                .expect("a string takes all");
            }
            if !file.notes.is_empty() {
                page.push('\n');
            }
            for note in &file.notes {
                writeln!(page, "- {note}").expect("a string takes all");
            }
        }
        page + include_str!("writing.md")
    }

    /// Every rule as it is written.
    pub fn texts(&self) -> impl Iterator<Item = &RuleText> {
        self.all.iter().map(|(_, rule)| &rule.text)
    }

    /// One line for each rule: the client's request, what becomes of it, and the file of the rule.
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

/// Parameters and fields, with their canonical names where these differ.
fn takes(rule: &Rule) -> String {
    let named = |(name, field): (&String, &Field), before: &str| {
        let to = field.to.as_ref().filter(|to| *to != name).map(|to| format!(" ({})", code(to))).unwrap_or_default();
        format!("{}{to}", code(&format!("{before}{name}")))
    };
    let query = rule.text.query.iter().map(|field| named(field, "?"));
    let body = rule.body.iter().map(|field| named(field, ""));
    query.chain(body).collect::<Vec<_>>().join(", ")
}

/// The fields of the shapes that the answer is made of.
fn gives(rule: &Rule, file: &RuleFile) -> String {
    let Some(filter) = &rule.text.answer else { return String::new() };
    let words: Vec<_> = filter.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let shapes = file.shapes.iter().filter(|(name, _)| words.contains(&name.as_str()));
    shapes.flat_map(|(_, shape)| shape.keys().map(|name| code(name))).collect::<Vec<_>>().join(", ")
}

fn code(text: &str) -> String {
    format!("`{text}`")
}
