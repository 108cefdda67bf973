//! Strict extractors: the validated input of a handler, or a [`Problem`](crate::Problem) that names the invalid field.

mod body;
mod caller;
mod idempotency_key;
mod if_match;
mod json_errors;
mod page;
mod path;
mod prefer;
mod query;
mod sort;

pub use body::{Body, MAX_BODY_BYTES, read_body};
pub use caller::{Caller, bearer_token};
pub use idempotency_key::{Fingerprint, IdempotencyKeyHeader, MAX_KEY_LENGTH};
pub use if_match::{ETag, IfMatch};
pub use page::{Cursor, NoFilter, Page, PageParams, PageResponse, link};
pub use path::Path;
pub use prefer::{MAX_WAIT, Prefer};
pub use query::Query;
pub use sort::Sort;
