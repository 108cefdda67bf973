//! Authentication: bearer tokens, their verification, and the built-in issuer. No other crate uses a token library.
//!
//! - [`Verifier`]: verifies tokens; every HTTP API has a clone of it. The result is a [`Principal`] with [`Scopes`].
//! - [`Issuer`]: the built-in issuer of tokens, with its keys and its endpoints.
//! - [`Credential`]: the token that a service sends to other services.
//!
//! Tokens are JWT access tokens (RFC 9068) signed with Ed25519 (RFC 8037). The endpoints are OAuth 2.0 client credentials
//! (RFC 6749, section 4.4), OpenID Connect discovery, and a JWK set (RFC 7517).

mod claims;
mod credential;
mod endpoints;
mod error;
mod files;
#[cfg(feature = "forge")]
pub mod forge;
mod issuer;
mod keys;
mod scope;
mod verifier;

pub use credential::Credential;
pub use error::{IdentityError, KeysRefused, TokenRefused};
pub use issuer::Issuer;
pub use keys::KeyInfo;
pub use scope::{Principal, Scope, Scopes, UnknownScope};
pub use verifier::Verifier;
