//! The claims of a token (RFC 7519, RFC 9068), for writing and for reading.

use serde::{Deserialize, Serialize};

/// The audience of tokens for this platform.
pub(crate) const AUDIENCE: &str = "boxoffice";

#[derive(Serialize)]
pub(crate) struct Written<'a> {
    pub iss: &'a str,
    pub sub: &'a str,
    pub aud: &'a str,
    pub client_id: &'a str,
    pub iat: i64,
    pub nbf: i64,
    pub exp: i64,
    pub jti: String,
    pub scope: String,
}

#[derive(Deserialize)]
pub(crate) struct Header {
    pub alg: String,
    pub kid: Option<String>,
    pub typ: Option<String>,
    /// Extensions that a reader must understand. None is supported, so a token with this header is refused.
    pub crit: Option<Vec<String>>,
}

/// Claims as they are read. The times are floats, because a `NumericDate` may be any JSON number.
#[derive(Deserialize)]
pub(crate) struct Read {
    pub iss: Option<String>,
    pub sub: Option<String>,
    pub aud: Option<Audience>,
    pub exp: f64,
    pub nbf: Option<f64>,
    pub scope: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    pub fn contains(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}
