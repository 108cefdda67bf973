//! Further paths for what the services answer: the paths, words and fields of other APIs, each by a rule that defines how a
//! request becomes a canonical one, and its answer what the client of that API expects.
//!
//! Rules are TOML files: those in `services/gateway/rules/` are built in, and a setting adds to them. A rule decides
//! nothing: the canonical request that it makes passes all checks, and the service refuses what is wrong with it.

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

pub(crate) use answer::answered;
pub(crate) use load::Found;
pub(crate) use request::translated;
