//! Tokens that no issuer makes, for tests of whoever has to refuse them. The feature `forge` is one of dev-dependencies
//! alone: the program has nothing of this.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::Value;

/// Whoever has the keys of an issuer.
pub struct Forger(EncodingKey);

impl Forger {
    /// With the key that signs for the issuer in `folder`.
    ///
    /// # Panics
    /// When there is none.
    pub fn of(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("keys.pem")).expect("the issuer has made its keys");
        Self(EncodingKey::from_ed_der(pem::parse(text).expect("keys are PEM").contents()))
    }

    /// These two parts, signed by EdDSA whatever the header says.
    ///
    /// # Panics
    /// Not with a key that an issuer made.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = crypto::sign(message.as_bytes(), &self.0, Algorithm::EdDSA).expect("it is an Ed25519 key");
        format!("{message}.{signature}")
    }
}

/// These two parts with an HMAC of SHA-256 by `secret`.
///
/// # Panics
/// Never: any bytes are a secret.
pub fn hmac(secret: &[u8], header: &Value, claims: &Value) -> String {
    let message = message(header, claims);
    let key = EncodingKey::from_secret(secret);
    let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).expect("any bytes are a secret");
    format!("{message}.{signature}")
}

/// These two parts without a signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    message(header, claims) + "."
}

/// Header and claims of a token, whoever signed it.
///
/// # Panics
/// When it is no token.
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
