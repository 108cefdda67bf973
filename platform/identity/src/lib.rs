//! Who is asking: bearer tokens, the people and services they stand for, and the issuer that is built in.
//!
//! Owns: [`Scope`] and [`Principal`], what a verified token says; the [`Verifier`], which every door holds a clone of;
//! the [`Issuer`] of a default start, with its keys and its endpoints; and the [`Credential`] that a service shows to
//! its neighbors. No other crate names a token library.
//!
//! Tokens are JWT access tokens (RFC 9068) signed with Ed25519 (RFC 8037); the endpoints are OAuth 2.0 client
//! credentials (RFC 6749 section 4.4), OpenID Connect discovery and a JWK set (RFC 7517).

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
