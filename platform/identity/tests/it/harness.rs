use std::{path::PathBuf, time::Duration};

use boxoffice_clock::{Clock, Entropy, ManualClock, Timestamp};
use boxoffice_identity::{Issuer, Scopes};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

pub const URL: &str = "http://localhost:8080";
pub const NOW: i64 = 1_900_000_000;
pub const HOUR: Duration = Duration::from_secs(3600);

/// An issuer in a temporary folder, with a manual clock.
pub struct TestIssuer {
    pub issuer: Issuer,
    pub time: ManualClock,
    pub clock: Clock,
    folder: tempfile::TempDir,
}

impl TestIssuer {
    pub fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, time) = Clock::manual(Timestamp::from_micros(NOW * 1_000_000));
        let issuer = Issuer::open(&folder.path().join("identity"), URL, clock.clone(), Entropy::seeded(1)).unwrap();
        Self { issuer, time, clock, folder }
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("identity")
    }

    pub fn token(&self) -> String {
        self.issuer.token("ann", Scopes::ALL, HOUR)
    }

    /// The private signing key.
    pub fn key(&self) -> EncodingKey {
        let text = std::fs::read_to_string(self.folder().join("keys.pem")).unwrap();
        EncodingKey::from_ed_der(pem::parse(text).unwrap().contents())
    }

    /// The header of a valid token.
    pub fn header(&self) -> Header {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = jsonwebtoken::decode_header(self.token()).unwrap().kid;
        header
    }

    /// A token with valid claims except for `change`; null removes a claim.
    pub fn with_claims(&self, change: Value) -> String {
        let mut claims = json!({
            "iss": URL, "sub": "ann", "aud": "boxoffice", "exp": NOW + 3600, "scope": "customer",
        });
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        jsonwebtoken::encode(&self.header(), &claims, &self.key()).unwrap()
    }
}
