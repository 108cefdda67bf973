//! A rule file as it is written.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Deserialize;

/// What one API looks like from outside.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Whose paths these are, in one line.
    pub title: String,
    /// What a reader of that API should know: what is answered otherwise than expected, and why. Markdown.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Objects of answers, by name: each field with the jq filter that makes it. Filters use them by their names; a shape
    /// may use those above it.
    #[serde(default, rename = "shape")]
    pub shapes: IndexMap<String, Shape>,
    /// The rules.
    #[serde(default, rename = "rule")]
    pub rules: Vec<RuleText>,
}

/// An object of an answer.
pub type Shape = IndexMap<String, String>;

/// One rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// Method and path of the client's request: `GET /orders/{id}`.
    pub from: String,
    /// Method and path of the canonical request.
    pub to: Option<String>,
    /// In place of `to`: refused, always.
    pub refuse: Option<Refusal>,
    /// What it is for, in one line.
    pub about: String,
    /// Whether the answer is a list that comes in pages: `limit` and `cursor` are handed on, and the link to the next page
    /// leads to `from`.
    #[serde(default)]
    pub list: bool,
    /// Where the client finds what was made: `/orders/{id}`, the braces stand for the last segment of the canonical
    /// `Location`. Left out, that one is sent.
    pub location: Option<String>,
    /// Headers that the canonical request has unless the client sent them.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What the braces of `from` stand for; a text when it is not named here.
    #[serde(default)]
    pub path: IndexMap<String, Field>,
    /// The parameters that there are.
    #[serde(default)]
    pub query: IndexMap<String, Field>,
    /// The fields that the body may have, those of items as `items[].quantity`. Without any the body is not read.
    #[serde(default)]
    pub body: IndexMap<String, Field>,
    /// A jq filter from `{path, query, body}` to `{query, body}` of the canonical request. Left out, parameters are handed
    /// on under their canonical names, and there is no body.
    pub request: Option<String>,
    /// A jq filter from the canonical answer to the client's, for what was not refused; `$request` is what the request
    /// filter got. Left out, the answer stays as it is.
    pub answer: Option<String>,
}

/// A request that is answered with a problem.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// One of docs/errors.md.
    pub code: String,
    /// What the client can do instead.
    pub detail: String,
}

/// A field of a request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// What it has to be.
    #[serde(default, rename = "type")]
    pub kind: Kind,
    /// What the canonical request calls it, so that a refusal names it as the client spelled it; the same name when left
    /// out. `[]` stands for the same place in both lists.
    pub to: Option<String>,
}

/// JSON type of a field. The service checks presence and range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A text.
    #[default]
    Text,
    /// A whole number.
    Integer,
    /// A number; its digits are kept as they are written.
    Decimal,
    /// `true` or `false`.
    Boolean,
    /// A whole number, written as a text.
    NumberText,
    /// A list of objects, whose fields are declared as `NAME[].FIELD`.
    List,
}

impl Kind {
    /// As a sentence goes on after "expected".
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Integer => "a whole number",
            Self::Decimal => "a number",
            Self::Boolean => "true or false",
            Self::NumberText => "a whole number as a text",
            Self::List => "an array of objects",
        }
    }
}
