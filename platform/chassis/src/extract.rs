//! Strict input: what a handler takes from a request, or a [`Problem`](crate::Problem) that names what is wrong.

mod body;
mod caller;
mod explain;
mod if_match;
mod page;
mod path;
mod prefer;
mod query;
mod request_key;
mod sort;

pub use body::{Body, LARGEST_BODY, read_body};
pub use caller::Caller;
pub use if_match::{ETag, IfMatch};
pub use page::{Cursor, Listed, NoFilter, Page, PageParams, link};
pub use path::Path;
pub use prefer::{LONGEST_WAIT, Prefer};
pub use query::Query;
pub use request_key::{Fingerprint, LONGEST_KEY, Once, RequestKey};
pub use sort::Sort;
