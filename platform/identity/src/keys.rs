//! The keys of the issuer: a list of which the first signs and all are published. A replaced key stays valid until its
//! overlap ends, and so do the tokens that it signed.

use std::{path::Path, time::Duration};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use boxoffice_clock::{Entropy, Timestamp};
use jsonwebtoken::{
    Algorithm, EncodingKey,
    jwk::{
        AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, OctetKeyPairParameters,
        OctetKeyPairType, PublicKeyUse, ThumbprintHash,
    },
};
use pem::{EncodeConfig, LineEnding, Pem};
use serde::{Deserialize, Serialize};

use crate::{IdentityError, KeyChangeRefused, files};

/// The signature algorithm of this issuer.
pub(crate) const ALGORITHM: Algorithm = Algorithm::EdDSA;

const TAG: &str = "PRIVATE KEY";
/// PEM headers of a key: the time of its creation and the end of its overlap, in microseconds since the Unix epoch, because
/// a header value has no colon. A key without the headers has the age of its file.
const MADE: &str = "Made";
const UNTIL: &str = "Until";

/// Maximum number of keys at a time.
const MAX_KEYS: usize = 16;

/// Public description of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyInfo {
    /// Id of the key, the `kid` of its tokens: the thumbprint of RFC 7638.
    pub id: String,
    /// Signature algorithm, always `EdDSA`.
    pub algorithm: String,
    /// Whether new tokens are signed with this key. Exactly one key signs.
    pub signs: bool,
    /// Time of the key's creation.
    pub created_at: Timestamp,
    /// End of the overlap, after which its tokens are refused; `None` while it signs.
    pub accepted_until: Option<Timestamp>,
}

/// All keys of an issuer; the first one signs.
#[derive(Clone)]
pub(crate) struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    block: Pem,
    public: Jwk,
    id: String,
    made: Timestamp,
    until: Option<Timestamp>,
}

/// Reads the PKCS#8 keys of the PEM file at `path`; creates the file with a new key if it is missing.
pub(crate) fn open(path: &Path, now: Timestamp, entropy: &Entropy) -> Result<Keys, IdentityError> {
    let text = files::read_or_create(path, || Keys(vec![Key::make(now, entropy)]).to_pem())?;
    let made = files::changed_at(path).unwrap_or(now);
    Keys::read(&text, made).map_err(|reason| IdentityError::Content { path: path.to_owned(), reason })
}

impl Keys {
    /// Parses a PEM file. `made` is the time of creation of keys without a header.
    fn read(text: &str, made: Timestamp) -> Result<Self, String> {
        let blocks = pem::parse_many(text).map_err(|error| format!("not PEM: {error}"))?;
        let keys = blocks.into_iter().map(|block| Key::read(block, made)).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(format!("no {TAG} block")) } else { Ok(Self(keys)) }
    }

    /// The content of the key file.
    pub fn to_pem(&self) -> String {
        let blocks: Vec<Pem> = self.0.iter().map(Key::to_block).collect();
        pem::encode_many_config(&blocks, EncodeConfig::new().set_line_ending(LineEnding::LF))
    }

    /// The private half of the signing key.
    pub fn active(&self) -> EncodingKey {
        EncodingKey::from_ed_der(self.0[0].block.contents())
    }

    /// The id of the signing key.
    pub fn active_id(&self) -> &str {
        &self.0[0].id
    }

    /// The public halves of the keys that are valid at `now`.
    pub fn published(&self, now: Timestamp) -> JwkSet {
        JwkSet { keys: self.0.iter().filter(|key| key.is_known(now)).map(|key| key.public.clone()).collect() }
    }

    /// The public halves of all keys, with the end of each overlap.
    pub fn ends(&self) -> impl Iterator<Item = (&Jwk, Option<Timestamp>)> {
        self.0.iter().map(|key| (&key.public, key.until))
    }

    /// Descriptions of the keys that are valid at `now`.
    pub fn infos(&self, now: Timestamp) -> Vec<KeyInfo> {
        let known = self.0.iter().enumerate().filter(|(_, key)| key.is_known(now));
        known
            .map(|(place, key)| KeyInfo {
                id: key.id.clone(),
                algorithm: "EdDSA".to_owned(),
                signs: place == 0,
                created_at: key.made,
                accepted_until: key.until,
            })
            .collect()
    }

    /// Adds a new signing key. The earlier keys stay valid for `overlap`, or until their own earlier end. Expired keys are
    /// removed.
    pub fn rotated(&self, overlap: Duration, now: Timestamp, entropy: &Entropy) -> Result<Self, KeyChangeRefused> {
        let mut keys = vec![Key::make(now, entropy)];
        let end = now.plus(overlap);
        let before =
            self.0.iter().map(|key| Key { until: Some(key.until.map_or(end, |until| until.min(end))), ..key.clone() });
        keys.extend(before.filter(|key| key.is_known(now)));
        if keys.len() > MAX_KEYS { Err(KeyChangeRefused::TooMany) } else { Ok(Self(keys)) }
    }

    /// Removes the key `id`. If it is the signing key, a new one replaces it.
    pub fn without(&self, id: &str, now: Timestamp, entropy: &Entropy) -> Result<Self, KeyChangeRefused> {
        let mut keys: Vec<Key> = self.0.iter().filter(|key| key.id != id).cloned().collect();
        if keys.len() == self.0.len() {
            return Err(KeyChangeRefused::Unknown);
        }
        if self.0[0].id == id {
            keys.insert(0, Key::make(now, entropy));
        }
        Ok(Self(keys))
    }
}

impl Key {
    fn make(now: Timestamp, entropy: &Entropy) -> Self {
        let mut seed = [0; 32];
        entropy.fill(&mut seed);
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("any 32 bytes are an Ed25519 seed");
        let document = pair.to_pkcs8v1().expect("a key pair in memory has a PKCS#8 form");
        Self::read(Pem::new(TAG, document.as_ref()), now).expect("a generated key is valid")
    }

    fn read(block: Pem, made: Timestamp) -> Result<Self, String> {
        if block.tag() != TAG {
            return Err(format!("expected {TAG} blocks, found {:?}", block.tag()));
        }
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(block.contents())
            .map_err(|error| format!("not an Ed25519 key in PKCS#8: {error}"))?;
        let time = |header: &str| {
            let text = block.headers().get(header);
            let micros =
                text.map(|text| text.parse().map_err(|_| format!("{header} is not a time: {text:?}"))).transpose();
            micros.map(|micros| micros.map(Timestamp::from_micros))
        };
        let (made, until) = (time(MADE)?.unwrap_or(made), time(UNTIL)?);
        let public = jwk(pair.public_key().as_ref());
        let id = public.common.key_id.clone().unwrap_or_default();
        Ok(Self { public, id, made, until, block })
    }

    fn to_block(&self) -> Pem {
        let mut block = Pem::new(TAG, self.block.contents());
        let mut add = |header: &str, time: Timestamp| {
            block.headers_mut().add(header, &time.micros().to_string()).expect("a number fits into one line");
        };
        add(MADE, self.made);
        if let Some(until) = self.until {
            add(UNTIL, until);
        }
        block
    }

    fn is_known(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

fn jwk(public: &[u8]) -> Jwk {
    let mut jwk = Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: URL_SAFE_NO_PAD.encode(public),
        }),
    };
    jwk.common.key_id = Some(jwk.thumbprint(ThumbprintHash::SHA256).expect("an Ed25519 key has a thumbprint"));
    jwk
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_900_000_000_000_000);

    fn key(seed: u64) -> Keys {
        Keys(vec![Key::make(NOW, &Entropy::seeded(seed))])
    }

    /// A key file without headers.
    fn file_without_headers(seed: u64) -> String {
        pem::encode_config(
            &Pem::new(TAG, key(seed).0[0].block.contents()),
            EncodeConfig::new().set_line_ending(LineEnding::LF),
        )
    }

    #[test]
    fn the_key_id_is_the_thumbprint_of_rfc_8037_appendix_a_3() {
        let public = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(jwk(&public).common.key_id.unwrap(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn the_first_key_signs_and_all_are_published() {
        let (one, two) = (key(1), key(2));
        let keys = Keys::read(&format!("{}{}", two.to_pem(), one.to_pem()), NOW).unwrap();
        assert_eq!(keys.published(NOW).keys.len(), 2);
        assert_eq!(keys.active_id(), two.active_id());
        assert!(keys.published(NOW).find(one.active_id()).is_some());
    }

    #[test]
    fn a_key_without_headers_has_the_age_of_its_file() {
        let keys = Keys::read(&file_without_headers(1), NOW.minus(Duration::from_secs(9))).unwrap();
        assert_eq!(keys.active_id(), key(1).active_id());
        let info = &keys.infos(NOW)[0];
        assert_eq!((info.created_at, info.accepted_until, info.signs), (NOW.minus(Duration::from_secs(9)), None, true));
    }

    #[test]
    fn a_written_file_is_read_unchanged() {
        let keys = key(1).rotated(Duration::from_secs(60), NOW, &Entropy::seeded(2)).unwrap();
        let again = Keys::read(&keys.to_pem(), Timestamp::from_micros(0)).unwrap();
        assert_eq!(again.infos(NOW), keys.infos(NOW));
        assert_eq!(again.to_pem(), keys.to_pem());
    }

    #[test]
    fn an_overlap_ends_and_is_never_extended() {
        let minute = Duration::from_secs(60);
        let keys = key(1).rotated(minute, NOW, &Entropy::seeded(2)).unwrap();
        let keys = keys.rotated(minute * 60, NOW, &Entropy::seeded(3)).unwrap();
        let ends = |now| keys.infos(now).iter().map(|info| info.accepted_until).collect::<Vec<_>>();
        assert_eq!(ends(NOW), [None, Some(NOW.plus(minute * 60)), Some(NOW.plus(minute))]);
        assert_eq!(ends(NOW.plus(minute)).len(), 2);
        let later = keys.rotated(minute, NOW.plus(minute), &Entropy::seeded(4)).unwrap();
        assert_eq!(later.0.len(), 3, "expired keys are removed");
    }

    #[test]
    fn the_number_of_keys_is_limited() {
        let mut keys = key(0);
        for seed in 1..16 {
            keys = keys.rotated(Duration::from_secs(60), NOW, &Entropy::seeded(seed)).unwrap();
        }
        let refused = keys.rotated(Duration::from_secs(60), NOW, &Entropy::seeded(99));
        assert_eq!(refused.err(), Some(KeyChangeRefused::TooMany));
    }

    #[test]
    fn a_file_without_keys_is_refused() {
        let read = |text: &str| Keys::read(text, NOW).err().unwrap();
        assert!(read("").contains("no PRIVATE KEY"));
        assert!(read(&pem::encode(&Pem::new("CERTIFICATE", b"x"))).contains("CERTIFICATE"));
        assert!(read(&pem::encode(&Pem::new(TAG, b"x"))).contains("Ed25519"));
        let keys = key(1).rotated(Duration::from_secs(60), NOW, &Entropy::seeded(2)).unwrap().to_pem();
        assert!(read(&keys.replace("Until: ", "Until: soon ")).contains("Until is not a time"));
    }
}
