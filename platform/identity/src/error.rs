use std::{io, path::PathBuf};

/// Reason for refusing a token. The text reveals nothing of the token, so it may be sent to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// The token does not have three parts of base64url, or not the JSON of RFC 7515 and RFC 7519.
    #[error("the token is malformed")]
    Malformed,
    /// The `kid` is missing, or the issuer does not publish this key.
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// The algorithm is not that of the key, for example `none` or an HMAC.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// `typ` is neither `at+jwt` nor `JWT`.
    #[error("the token is not an access token")]
    Type,
    /// The token was altered, or another key signed it.
    #[error("the token's signature is invalid")]
    Signature,
    /// `iss` names another issuer.
    #[error("the token comes from another issuer")]
    Issuer,
    /// `aud` does not name this platform.
    #[error("the token is meant for another audience")]
    Audience,
    /// The time `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// The time `nbf` is in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `sub` is absent, empty, longer than 255 characters, or has control characters.
    #[error("the token has no usable subject")]
    Subject,
}

/// Error of opening an issuer or a verifier.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file of the issuer cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// A file of the issuer has invalid content.
    #[error("{}: {reason}", path.display())]
    Content {
        /// Path of the file.
        path: PathBuf,
        /// Description of the invalid content.
        reason: String,
    },
    /// The URL of the issuer is not a valid issuer identifier.
    #[error("the issuer must be an http or https URL without query or fragment, got {0:?}")]
    IssuerUrl(String),
    /// The JWK set is malformed.
    #[error("the key set is not a JWK set: {0}")]
    KeySet(String),
}

/// Reason for refusing a change of the keys, which stay unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyChangeRefused {
    /// The maximum number of keys exists already.
    #[error("16 keys exist already: wait until the overlap of one ends, or retire one")]
    TooMany,
    /// The key does not exist.
    #[error("no such key")]
    Unknown,
    /// Tokens that the key signed are still accepted.
    #[error("the key is in use: retiring it by force invalidates every token that it signed")]
    InUse,
    /// The key file cannot be written.
    #[error("{0}")]
    Unwritable(String),
}
