//! Forged tokens for tests of token verification. Only dev-dependencies enable the feature `forge`; the program does not
//! contain this module.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::Value;

/// Signs any token with the key of an issuer.
pub struct Forger(EncodingKey);

impl Forger {
    /// Reads the signing key of the issuer in `folder`.
    ///
    /// # Panics
    /// If the folder has no key.
    pub fn of(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("keys.pem")).expect("the issuer has created its keys");
        Self(EncodingKey::from_ed_der(pem::parse(text).expect("keys are PEM").contents()))
    }

    /// Signs the header and the claims with EdDSA, regardless of the algorithm in the header.
    ///
    /// # Panics
    /// Never with a key of an issuer.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = crypto::sign(message.as_bytes(), &self.0, Algorithm::EdDSA).expect("the key is an Ed25519 key");
        format!("{message}.{signature}")
    }
}

/// Signs the header and the claims with HMAC-SHA-256 and `secret`.
///
/// # Panics
/// Never: any bytes are a secret.
pub fn hmac(secret: &[u8], header: &Value, claims: &Value) -> String {
    let message = message(header, claims);
    let key = EncodingKey::from_secret(secret);
    let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).expect("any bytes are a secret");
    format!("{message}.{signature}")
}

/// A token of the header and the claims without a signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    message(header, claims) + "."
}

/// The header and the claims of a token, without verification.
///
/// # Panics
/// If the text is not a token.
pub fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let json = URL_SAFE_NO_PAD.decode(part).expect("a part of a token is base64url");
        serde_json::from_slice(&json).expect("a part of a token is JSON")
    });
    let mut next = || parts.next().expect("a token has three parts");
    (next(), next())
}

fn message(header: &Value, claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}", part(header), part(claims))
}
