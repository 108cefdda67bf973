//! The format of rule files.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Deserialize;

/// The rules for one API.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Title of the API, in one line.
    pub title: String,
    /// Differences between that API and its rules, for its readers, in Markdown.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Objects of responses, by name: each field with its jq filter. Filters call shapes by name; a shape may call those
    /// above it.
    #[serde(default, rename = "shape")]
    pub shapes: IndexMap<String, Shape>,
    /// The rules of the API.
    #[serde(default, rename = "rule")]
    pub rules: Vec<RuleText>,
}

/// An object of responses: the jq filter of each field.
pub type Shape = IndexMap<String, String>;

/// A rule: the translation of one request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// Method and path of the client's request: `GET /orders/{id}`.
    pub from: String,
    /// Method and path of the canonical request.
    pub to: Option<String>,
    /// A refusal of every request, instead of `to`.
    pub refuse: Option<Refusal>,
    /// Purpose of the request, in one line.
    pub about: String,
    /// Whether the response is a page of a list: `limit` and `cursor` are passed on, and the link to the next page names
    /// `from`.
    #[serde(default)]
    pub list: bool,
    /// `Location` of a created resource, such as `/orders/{id}`, where the braces are the last segment of the canonical
    /// `Location`. `None` sends the canonical one.
    pub location: Option<String>,
    /// Default headers of the canonical request, which headers of the client override.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Path parameters of `from`; undeclared ones are texts.
    #[serde(default)]
    pub path: IndexMap<String, Field>,
    /// The declared query parameters.
    #[serde(default)]
    pub query: IndexMap<String, Field>,
    /// Declared fields of the body, those of list items as `items[].quantity`. Without any, the body is not read.
    #[serde(default)]
    pub body: IndexMap<String, Field>,
    /// A jq filter from `{path, query, body}` to `{query, body}` of the canonical request. `None` passes parameters on under
    /// their canonical names, without a body.
    pub request: Option<String>,
    /// A jq filter from the canonical response to the client's, for successful responses; `$request` is the input of the
    /// request filter. `None` leaves the response unchanged.
    pub answer: Option<String>,
}

/// A refusal of every request with a problem.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// An error code of docs/errors.md.
    pub code: String,
    /// Advice to the client, in one sentence.
    pub detail: String,
}

/// A declared field or parameter of a request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// JSON type of the field.
    #[serde(default, rename = "type")]
    pub kind: Kind,
    /// Canonical name, by which errors are translated to the client's name; `None` for the same name. `[]` is the same
    /// index in both lists.
    pub to: Option<String>,
}

/// JSON type of a field. The service checks presence and range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A text of any length.
    #[default]
    Text,
    /// A number without a fraction.
    Integer,
    /// A number, which keeps its digits.
    Decimal,
    /// The value `true` or `false`.
    Boolean,
    /// A whole number, written as a text.
    NumberText,
    /// A list of objects, whose fields are declared as `NAME[].FIELD`.
    List,
}

impl Kind {
    /// Description for error messages, after "expected".
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
