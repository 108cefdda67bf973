use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use boxoffice_clock::{Clock, Timestamp};
use jsonwebtoken::{
    Algorithm, DecodingKey, crypto,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};
use moka::sync::Cache;
use parking_lot::RwLock;
use serde::de::DeserializeOwned;

use crate::{
    IdentityError, Principal, Scopes, TokenRefused,
    claims::{AUDIENCE, Header, Read},
};

/// Maximum number of cached tokens.
const MAX_CACHED: u64 = 100_000;
/// Tolerated seconds by which the clock of the issuer is ahead. The expiry of tokens has no tolerance.
const LEEWAY: i64 = 60;
/// The end of a key without an end.
const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// Verifies tokens. Cheap to clone; clones share the cache.
///
/// Valid tokens are cached until they expire, so that only their first use costs a signature check. Every use checks the
/// expiry of the token and of its key by the [`Clock`]. Refusals are not cached, and a change of the keys clears the cache.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    issuer: String,
    known: RwLock<Arc<Known>>,
    clock: Clock,
    verified: Cache<[u8; 32], Verified>,
}

/// The keys that verify tokens at present.
struct Known {
    keys: HashMap<String, Key>,
    /// Number of replacements of the keys.
    changes: u64,
}

struct Key {
    algorithm: Algorithm,
    public: DecodingKey,
    /// End of the key.
    until: Timestamp,
}

#[derive(Clone)]
struct Verified {
    principal: Arc<Principal>,
    /// Expiry, in seconds since the Unix epoch.
    expires: i64,
    /// End of the key that signed the token.
    until: Timestamp,
    /// The number of replacements of the keys at the time of the check.
    changes: u64,
}

impl Verifier {
    /// Creates a verifier of tokens of `issuer` that are signed with a key of `jwks`, a JWK set (RFC 7517) in JSON. Ed25519
    /// keys verify EdDSA and RSA keys RS256; other keys and keys for encryption are ignored.
    ///
    /// # Errors
    /// [`IdentityError::KeySet`] when `jwks` is not a JWK set.
    pub fn from_jwks(issuer: &str, jwks: &str, clock: Clock) -> Result<Self, IdentityError> {
        let set = serde_json::from_str(jwks).map_err(|error| IdentityError::KeySet(error.to_string()))?;
        let set: JwkSet = set;
        Ok(Self::new(issuer, set.keys.iter().map(|key| (key, None)), clock))
    }

    /// Creates a verifier of tokens that are signed with one of `keys` before its end.
    pub(crate) fn new<'k>(
        issuer: &str,
        keys: impl Iterator<Item = (&'k Jwk, Option<Timestamp>)>,
        clock: Clock,
    ) -> Self {
        let known = RwLock::new(Arc::new(Known { keys: keys.filter_map(Key::of).collect(), changes: 0 }));
        Self(Arc::new(Inner { issuer: issuer.to_owned(), known, clock, verified: Cache::new(MAX_CACHED) }))
    }

    /// Replaces all keys; for a key that occurs twice, the last end applies. Cached tokens are verified again.
    pub(crate) fn replace<'k>(&self, keys: impl Iterator<Item = (&'k Jwk, Option<Timestamp>)>) {
        let keys = keys.filter_map(Key::of).collect();
        let mut known = self.0.known.write();
        *known = Arc::new(Known { keys, changes: known.changes + 1 });
    }

    /// Verifies `token`, without the prefix `Bearer`.
    ///
    /// # Errors
    /// The reason for the refusal. A refusal is permanent, except [`TokenRefused::NotYetValid`].
    pub fn verify(&self, token: &str) -> Result<Arc<Principal>, TokenRefused> {
        let now = self.0.clock.now();
        let fingerprint = fingerprint(token);
        let keys = self.0.known.read().clone();
        if let Some(known) = self.0.verified.get(&fingerprint).filter(|known| known.changes == keys.changes) {
            if now.seconds() < known.expires && now < known.until {
                return Ok(known.principal);
            }
            self.0.verified.invalidate(&fingerprint);
            let is_expired = now.seconds() >= known.expires;
            return Err(if is_expired { TokenRefused::Expired } else { TokenRefused::UnknownKey });
        }
        let verified = self.0.check(token, &keys, now)?;
        self.0.verified.insert(fingerprint, verified.clone());
        Ok(verified.principal)
    }
}

/// Whether the subject has 1 to 255 characters without control characters, which paths, logs and tables may not accept.
fn is_usable(subject: &str) -> bool {
    (1..=255).contains(&subject.chars().count()) && !subject.contains(char::is_control)
}

fn fingerprint(token: &str) -> [u8; 32] {
    digest(&SHA256, token.as_bytes()).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

impl Inner {
    fn check(&self, token: &str, known: &Known, now: Timestamp) -> Result<Verified, TokenRefused> {
        let (message, signature) = token.rsplit_once('.').ok_or(TokenRefused::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(TokenRefused::Malformed)?;
        if claims.contains('.') {
            return Err(TokenRefused::Malformed);
        }
        let header: Header = decode(header)?;
        let key = known.key_for(&header, now)?;
        match crypto::verify(signature, message.as_bytes(), &key.public, key.algorithm) {
            Ok(true) => {
                let (principal, expires) = self.accept(decode(claims)?, now.seconds())?;
                Ok(Verified { principal, expires, until: key.until, changes: known.changes })
            }
            Ok(false) | Err(_) => Err(TokenRefused::Signature),
        }
    }

    fn accept(&self, claims: Read, now: i64) -> Result<(Arc<Principal>, i64), TokenRefused> {
        if claims.iss.as_ref() != Some(&self.issuer) {
            return Err(TokenRefused::Issuer);
        }
        if !claims.aud.is_some_and(|audience| audience.contains(AUDIENCE)) {
            return Err(TokenRefused::Audience);
        }
        let expires = seconds(claims.exp);
        if now >= expires {
            return Err(TokenRefused::Expired);
        }
        if claims.nbf.is_some_and(|from| now.saturating_add(LEEWAY) < seconds(from)) {
            return Err(TokenRefused::NotYetValid);
        }
        let subject = claims.sub.filter(|sub| is_usable(sub)).ok_or(TokenRefused::Subject)?;
        let scopes = Scopes::known_in(&claims.scope.unwrap_or_default());
        Ok((Arc::new(Principal { subject, scopes }), expires))
    }
}

impl Known {
    fn key_for(&self, header: &Header, now: Timestamp) -> Result<&Key, TokenRefused> {
        let algorithm = match header.alg.as_str() {
            "EdDSA" => Algorithm::EdDSA,
            "RS256" => Algorithm::RS256,
            _ => return Err(TokenRefused::Algorithm),
        };
        // Media types are case-insensitive and may be written in full (RFC 7515, section 4.1.9).
        let typ = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
        if !matches!(typ.strip_prefix("application/").unwrap_or(&typ), "at+jwt" | "jwt") {
            return Err(TokenRefused::Type);
        }
        if header.crit.is_some() {
            return Err(TokenRefused::Malformed);
        }
        let key = header.kid.as_ref().and_then(|kid| self.keys.get(kid));
        let key = key.filter(|key| now < key.until).ok_or(TokenRefused::UnknownKey)?;
        // The key determines the algorithm: a token must not choose a weaker one.
        if key.algorithm == algorithm { Ok(key) } else { Err(TokenRefused::Algorithm) }
    }
}

impl Key {
    fn of((jwk, until): (&Jwk, Option<Timestamp>)) -> Option<(String, Self)> {
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
            AlgorithmParameters::RSA(_) => Algorithm::RS256,
            _ => return None,
        };
        if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
            return None;
        }
        let until = until.unwrap_or(NEVER);
        Some((jwk.common.key_id.clone()?, Self { algorithm, public: DecodingKey::from_jwk(jwk).ok()?, until }))
    }
}

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, TokenRefused> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenRefused::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| TokenRefused::Malformed)
}

/// A `NumericDate` in whole seconds, rounded down.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and JSON has no NaN")]
fn seconds(date: f64) -> i64 {
    date.floor() as i64
}
