//! Authentication: access tokens, their verification, and the built-in issuer.
//!
//! - [`Principal`] and [`Scope`]: the subject and the permissions of a verified token.
//! - [`Verifier`]: verifies tokens; the gateway and every service have a clone.
//! - [`Issuer`]: the built-in issuer with its keys and endpoints.
//! - [`Credential`]: the token with which a service calls other services.
//!
//! No other crate uses a token library.
//!
//! Tokens are JWT access tokens (RFC 9068) signed with Ed25519 (RFC 8037); the endpoints are OAuth 2.0 client
//! credentials (RFC 6749, section 4.4), OpenID Connect discovery and a JWK set (RFC 7517).

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
pub use error::{IdentityError, KeyChangeRefused, TokenRefused};
pub use issuer::Issuer;
pub use keys::KeyInfo;
pub use scope::{Principal, Scope, Scopes, UnknownScope};
pub use verifier::Verifier;
