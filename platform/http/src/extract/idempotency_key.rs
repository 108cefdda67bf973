use std::collections::BTreeMap;

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, request::Parts},
};
use boxoffice_writer::IdempotencyKey;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Body, Caller};
use crate::{Problem, codes::field};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Maximum length of a key, in visible ASCII characters. The minimum is 1.
pub const MAX_KEY_LENGTH: usize = 255;

/// The header `Idempotency-Key`, which the client chooses for one operation and repeats with every attempt.
///
/// A malformed or repeated header is refused with 400.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKeyHeader(Option<String>);

impl IdempotencyKeyHeader {
    /// The key that the client sent; `None` without the header.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Binds the key to the caller, the route and the body; `None` when the client sent no key.
    ///
    /// `route` is the canonical method and path with its ids, such as `POST /bookings` or `POST /bookings/{id}/cancel` with
    /// the id itself: the same key on two resources is two keys.
    pub fn bound(&self, caller: &Caller, route: &str, body: &impl Fingerprint) -> Option<IdempotencyKey> {
        let key = self.as_str()?;
        let mut hash = Sha256::new();
        for part in [caller.subject(), route, key] {
            // The length before each part keeps different lists of parts from having the same bytes.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Some(IdempotencyKey { id: first_half(hash), fingerprint: body.fingerprint() })
    }
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKeyHeader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        let refused = |code, message: &str| Err(Problem::field("Idempotency-Key", code, message));
        if values.next().is_some() {
            return refused(field::FORMAT, "occurs twice");
        }
        if !(1..=MAX_KEY_LENGTH).contains(&value.len()) {
            return refused(field::LENGTH, "expected 1 to 255 characters");
        }
        match value.to_str() {
            Ok(key) if key.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Self(Some(key.to_owned()))),
            _ => refused(field::FORMAT, "expected visible ASCII characters"),
        }
    }
}

/// A body that can be compared with another one.
pub trait Fingerprint {
    /// The first 16 bytes of a SHA-256. Bodies that differ only in the order of keys, whitespace and escapes have the same
    /// fingerprint; numbers are compared as text.
    fn fingerprint(&self) -> Uuid;
}

impl<T> Fingerprint for Body<T> {
    fn fingerprint(&self) -> Uuid {
        let mut hash = Sha256::new();
        let body = serde_json::from_slice(self.bytes()).expect("the body was read as JSON before");
        canonical(body, &mut hash);
        first_half(hash)
    }
}

/// The fingerprint of a request without a body.
impl Fingerprint for () {
    fn fingerprint(&self) -> Uuid {
        first_half(Sha256::new())
    }
}

fn first_half(hash: Sha256) -> Uuid {
    let digest: [u8; 32] = hash.finalize().into();
    Uuid::from_slice(&digest[..16]).expect("half of a SHA-256 is 16 bytes")
}

/// Hashes `value` with sorted keys and normalized escapes.
fn canonical(value: &RawValue, hash: &mut Sha256) {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'{') => {
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text).expect("the text begins with a brace");
            let mut separator = "{";
            for (name, value) in fields {
                hash.update(separator);
                hash.update(serde_json::to_string(&name).expect("a text is JSON"));
                hash.update(":");
                canonical(value, hash);
                separator = ",";
            }
            hash.update("}");
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).expect("the text begins with a bracket");
            hash.update("[");
            for item in items {
                canonical(item, hash);
                hash.update(",");
            }
            hash.update("]");
        }
        Some(b'"') => {
            let plain: String = serde_json::from_str(text).expect("the text begins with a quote");
            hash.update(serde_json::to_string(&plain).expect("a text is JSON"));
        }
        _ => hash.update(text),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use boxoffice_envelope::Origin;
    use boxoffice_identity::{Principal, Scopes};

    use super::*;

    fn hashed(json: &str) -> Uuid {
        let mut hash = Sha256::new();
        canonical(serde_json::from_str(json).unwrap(), &mut hash);
        first_half(hash)
    }

    fn caller(subject: &str) -> Caller {
        let principal = Principal { subject: subject.to_owned(), scopes: Scopes::NONE };
        Caller { principal: Arc::new(principal), origin: Origin::default() }
    }

    #[test]
    fn equivalent_bodies_have_the_same_fingerprint() {
        let body = hashed(r#"{"b":[1,{"d":"\u00e9","c":null}],"a":1.50}"#);
        assert_eq!(body, hashed("{ \"a\" : 1.50,\n \"b\" : [ 1, {\"c\":null, \"d\":\"é\"} ] }"));
        for other in [
            r#"{"b":[1,{"d":"é","c":null}],"a":1.5}"#,
            r#"{"b":[{"d":"é","c":null},1],"a":1.50}"#,
            r#"{"b":[1,{"d":"é"}],"a":1.50}"#,
            r#"{"b":[1,{"d":"é","c":null}],"a":"1.50"}"#,
        ] {
            assert_ne!(body, hashed(other), "{other}");
        }
        assert_ne!(hashed("[[],[]]"), hashed("[[[]]]"));
    }

    #[test]
    fn a_key_is_bound_to_caller_route_and_key() {
        let key = IdempotencyKeyHeader(Some("k1".into()));
        let bound =
            |key: &IdempotencyKeyHeader, subject: &str, route: &str| key.bound(&caller(subject), route, &()).unwrap();
        let first = bound(&key, "ann", "POST /bookings");
        assert_eq!(first, bound(&key, "ann", "POST /bookings"));
        let others = [
            bound(&key, "bob", "POST /bookings"),
            bound(&key, "ann", "POST /orders"),
            bound(&IdempotencyKeyHeader(Some("k2".into())), "ann", "POST /bookings"),
            bound(&IdempotencyKeyHeader(Some("sk1".into())), "ann", "POST /booking"),
        ];
        assert!(others.iter().all(|other| other.id != first.id));
        assert_eq!(IdempotencyKeyHeader(None).bound(&caller("ann"), "POST /bookings", &()), None);
    }
}
