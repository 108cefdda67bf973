//! Compatible paths: rules that translate requests of other APIs to canonical requests, and the responses back.
//!
//! Rules are in TOML files: those in `services/gateway/rules/` are built in, and a setting adds others. A rule decides
//! nothing: the canonical request passes all checks, and the service validates it.

mod answer;
mod fields;
mod file;
mod filter;
mod load;
mod names;
mod page;
mod request;
mod rule;

pub use file::{Field, Kind, RuleText};
pub use load::{BUILT_IN, RuleError, Rules};

pub(crate) use answer::translate_response;
pub(crate) use load::Found;
pub(crate) use request::translate_request;
