//! Invalid tokens, each for one reason only: everything else is as in a valid token.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use boxoffice_clock::{Clock, Entropy, Timestamp};
use boxoffice_identity::{
    Issuer,
    forge::{self, Forger},
};
use serde_json::{Value, json};

use crate::system::System;

/// All scopes of an access token, for every operation.
pub const ALL_SCOPES: &str = "customer organizer operator";

const HOUR: Duration = Duration::from_secs(3600);

/// A token that the system's issuer signs at another time.
fn issued_at(system: &System, at: Timestamp) -> String {
    let (clock, _) = Clock::manual(at);
    let folder = system.setup().folder.join("identity");
    let issuer = Issuer::open(&folder, system.setup().issuer.url(), clock, Entropy::system()).unwrap();
    issuer.token("ann", ALL_SCOPES.parse().unwrap(), HOUR)
}

/// The keys and a token of another issuer with the same URL.
fn other_issuer(system: &System) -> (Forger, String) {
    let folder = tempfile::tempdir().unwrap();
    let issuer = Issuer::open(folder.path(), system.setup().issuer.url(), Clock::system(), Entropy::system()).unwrap();
    (Forger::of(folder.path()), issuer.token("ann", ALL_SCOPES.parse().unwrap(), HOUR))
}

/// The public key as the issuer publishes it.
async fn published(system: &System) -> String {
    let keys = system.get(("ann", ""), "/.well-known/jwks.json").await.body;
    keys["keys"][0]["x"].as_str().unwrap().to_owned()
}

fn with(mut part: Value, name: &str, value: Value) -> Value {
    part[name] = value;
    part
}

/// The system's own key with the header and the claims of a valid token. Signed again, they are a valid token.
pub fn valid_parts(system: &System) -> (Forger, Value, Value) {
    let (header, claims) = forge::parts(&system.token(("ann", ALL_SCOPES)));
    (Forger::of(&system.setup().folder.join("identity")), header, claims)
}

/// Invalid tokens, each with the reason; `None` means a request without a token.
pub async fn forged_tokens(system: &System) -> Vec<(&'static str, Option<String>)> {
    let now = system.setup().clock.now();
    let (own, header, claims) = valid_parts(system);
    let (other, foreign) = other_issuer(system);
    let of = |header: &Value, claims: &Value| Some(own.sign(header, claims));
    let header_with = |name: &str, value: Value| with(header.clone(), name, value);
    let claims_with = |name: &str, value: Value| of(&header, &with(claims.clone(), name, value));
    let (whole, key) = (own.sign(&header, &claims), published(system).await);
    let (head, signature) = whole.rsplit_once('.').unwrap();
    let (hs256, none) = (header_with("alg", json!("HS256")), header_with("alg", json!("none")));
    let bare_key = URL_SAFE_NO_PAD.decode(&key).unwrap();
    vec![
        ("none at all", None),
        ("garbage", Some("garbage".to_owned())),
        ("three parts of garbage", Some("garbage.garbage.garbage".to_owned())),
        ("expired", Some(issued_at(system, now.minus(2 * HOUR)))),
        ("not yet valid", Some(issued_at(system, now.plus(2 * HOUR)))),
        ("of another issuer", claims_with("iss", json!("https://elsewhere.example.org"))),
        ("of no issuer", claims_with("iss", Value::Null)),
        ("for another audience", claims_with("aud", json!("somebody-else"))),
        ("for no audience", claims_with("aud", json!([]))),
        ("without an expiry", claims_with("exp", Value::Null)),
        ("without a subject", claims_with("sub", json!(""))),
        ("of algorithm none", Some(forge::unsigned(&none, &claims))),
        ("of algorithm none, signed", of(&none, &claims)),
        ("an HMAC with the public key", Some(forge::hmac(&bare_key, &hs256, &claims))),
        ("an HMAC with the public key as published", Some(forge::hmac(key.as_bytes(), &hs256, &claims))),
        ("an HMAC under the name of a signature", Some(forge::hmac(&bare_key, &header, &claims))),
        ("of an unknown key", of(&header_with("kid", json!("unknown")), &claims)),
        ("of no key", of(&header_with("kid", Value::Null), &claims)),
        ("of another kind", of(&header_with("typ", json!("dpop+jwt")), &claims)),
        ("signed by another issuer", Some(foreign)),
        ("signed by another issuer under a known key id", Some(other.sign(&header, &claims))),
        ("unsigned", Some(forge::unsigned(&header, &claims))),
        ("of altered claims", Some(format!("{head}x.{signature}"))),
    ]
}
