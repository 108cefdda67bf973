//! Middleware of the gateway: rate limits, content negotiation, request bodies, CORS and compression.

mod accept;
mod body;
mod client_address;
mod compression;
mod cors;
mod limits;
mod policies;
mod sliding_window;

pub(crate) use accept::{Answers, check_encoding};
pub(crate) use body::gather;
pub(crate) use compression::compressed;
pub(crate) use cors::cross_origin;
pub(crate) use limits::Limits;
