use std::{io, path::PathBuf};

/// The reason for which a token is refused. The text contains nothing of the token, so the response may contain it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// The token is not three parts of base64url with the JSON of RFC 7515 and RFC 7519.
    #[error("the token is malformed")]
    Malformed,
    /// `kid` is missing, or the issuer does not publish this key.
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// `alg` is not the algorithm of the key, such as `none` or an HMAC.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// `typ` is neither `at+jwt` nor `JWT`.
    #[error("the token is not an access token")]
    Type,
    /// The token was altered, or signed with another key.
    #[error("the token's signature is wrong")]
    Signature,
    /// `iss` names another issuer.
    #[error("the token comes from another issuer")]
    Issuer,
    /// `aud` does not contain the audience of this system.
    #[error("the token is meant for another audience")]
    Audience,
    /// The time `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// The time `nbf` is in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `sub` is missing, empty, longer than 255 characters, or contains control characters.
    #[error("the token has no usable subject")]
    Subject,
}

/// The reason for which the issuer or a verifier cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file of the issuer cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file of the issuer is damaged.
    #[error("{}: {reason}", path.display())]
    Content {
        /// The path of the file.
        path: PathBuf,
        /// The cause, for the operator.
        reason: String,
    },
    /// The issuer URL is not an http or https URL without query and fragment.
    #[error("the issuer must be an http or https URL without query or fragment, got {0:?}")]
    IssuerUrl(String),
    /// The text is not a JWK set.
    #[error("the key set is not a JWK set: {0}")]
    KeySet(String),
}

/// The reason for which a change of the keys is refused. The keys are unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysRefused {
    /// The issuer has the maximum number of keys.
    #[error("the issuer has 16 keys already: wait until the overlap of one has ended, or retire one")]
    TooMany,
    /// No key has this id.
    #[error("no key has this id")]
    Unknown,
    /// Tokens of the key are still accepted.
    #[error("the key is in use: if you retire it by force, every token that it signed is refused immediately")]
    InUse,
    /// The file of the keys cannot be written.
    #[error("{0}")]
    Unwritable(String),
}
