//! What a request has to pass before anybody works for it: how many its client may send, what it asks to be answered
//! with, and that its body has come.

mod accept;
mod address;
mod body;
mod browsers;
mod compression;
mod limits;
mod log;
mod policies;

pub(crate) use accept::{Answers, check_encoding};
pub(crate) use body::gather;
pub(crate) use browsers::cross_origin;
pub(crate) use compression::compressed;
pub(crate) use limits::Limits;
