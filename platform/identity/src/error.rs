use std::{io, path::PathBuf};

/// Why a token is not accepted. The text says nothing of the token itself, so it may be shown to whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// Not three parts of base64url, or not the JSON that RFC 7515 and RFC 7519 ask for.
    #[error("the token is malformed")]
    Malformed,
    /// No `kid`, or one that the issuer does not publish.
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// `none`, an HMAC, or anything else but what the key is for.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// `typ` is neither `at+jwt` nor `JWT`.
    #[error("the token is not an access token")]
    Type,
    /// It was altered, or signed by somebody else.
    #[error("the token's signature is wrong")]
    Signature,
    /// `iss` names another issuer.
    #[error("the token comes from another issuer")]
    Issuer,
    /// `aud` does not name us.
    #[error("the token is meant for another audience")]
    Audience,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` lies ahead.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `sub` is absent, empty, longer than 255 characters, or has control characters.
    #[error("the token has no usable subject")]
    Subject,
}

/// Why the issuer or a verifier cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file of the issuer cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the machine said.
        source: io::Error,
    },
    /// A file of the issuer does not hold what it should.
    #[error("{}: {reason}", path.display())]
    Content {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The issuer's URL is not fit to stand in tokens.
    #[error("the issuer must be an http or https URL without query or fragment, got {0:?}")]
    IssuerUrl(String),
    /// A JWK set that cannot be read.
    #[error("the key set is not a JWK set: {0}")]
    KeySet(String),
}

/// Why the keys stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysRefused {
    /// Too many are known already.
    #[error("16 keys are known already: wait until the overlap of one has ended, or retire one")]
    TooMany,
    /// There is no key of that name.
    #[error("there is no such key")]
    Unknown,
    /// What the key has signed is still accepted.
    #[error("the key is in use: retiring it by force refuses at once every token that it has signed")]
    InUse,
    /// The file cannot be written.
    #[error("{0}")]
    Unwritable(String),
}
