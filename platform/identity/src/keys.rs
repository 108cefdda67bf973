//! The keys of the issuer. The first key signs; all are published. A replaced key is accepted until its overlap ends, so
//! that its tokens stay valid.

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

use crate::{IdentityError, KeysRefused, files};

/// The algorithm that this issuer signs with.
pub(crate) const ALGORITHM: Algorithm = Algorithm::EdDSA;

const TAG: &str = "PRIVATE KEY";
/// Headers of a PEM block: the creation time of the key and the end of its overlap, in microseconds since the Unix epoch,
/// since a header cannot contain a colon. A key without them was created when its file was written.
const CREATED: &str = "Created";
const UNTIL: &str = "Until";

/// Maximum number of keys.
const MAX_KEYS: usize = 16;

/// The public information about a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyInfo {
    /// The RFC 7638 thumbprint, which tokens contain as `kid`.
    pub id: String,
    /// The signature algorithm, always `EdDSA`.
    pub algorithm: String,
    /// Whether this is the key that signs new tokens.
    pub signs: bool,
    /// Creation time of the key.
    pub created_at: Timestamp,
    /// The time until which tokens of the key are accepted; `None` while it signs.
    pub accepted_until: Option<Timestamp>,
}

/// The keys of an issuer; the first one signs.
#[derive(Clone)]
pub(crate) struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    block: Pem,
    public: Jwk,
    id: String,
    created: Timestamp,
    until: Option<Timestamp>,
}

/// Reads the PKCS#8 keys of the PEM file at `path`. The first start creates a key.
pub(crate) fn open(path: &Path, now: Timestamp, entropy: &Entropy) -> Result<Keys, IdentityError> {
    let text = files::read_or_create(path, || Keys(vec![Key::create(now, entropy)]).to_pem())?;
    let created = files::changed_at(path).unwrap_or(now);
    Keys::read(&text, created).map_err(|reason| IdentityError::Content { path: path.to_owned(), reason })
}

impl Keys {
    /// `created` is the creation time of keys without the header [`CREATED`].
    fn read(text: &str, created: Timestamp) -> Result<Self, String> {
        let blocks = pem::parse_many(text).map_err(|error| format!("not PEM: {error}"))?;
        let keys = blocks.into_iter().map(|block| Key::read(block, created)).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(format!("no {TAG} block")) } else { Ok(Self(keys)) }
    }

    /// The text of the PEM file.
    pub fn to_pem(&self) -> String {
        let blocks: Vec<Pem> = self.0.iter().map(Key::to_block).collect();
        pem::encode_many_config(&blocks, EncodeConfig::new().set_line_ending(LineEnding::LF))
    }

    /// The key that signs, in the form that the token library needs.
    pub fn active(&self) -> EncodingKey {
        EncodingKey::from_ed_der(self.0[0].block.contents())
    }

    /// The id of the key that signs.
    pub fn active_id(&self) -> &str {
        &self.0[0].id
    }

    /// The public keys that are accepted at `now`.
    pub fn published(&self, now: Timestamp) -> JwkSet {
        JwkSet { keys: self.0.iter().filter(|key| key.is_accepted(now)).map(|key| key.public.clone()).collect() }
    }

    /// All public keys, with the end of each; `None` for the key that signs.
    pub fn ends(&self) -> impl Iterator<Item = (&Jwk, Option<Timestamp>)> {
        self.0.iter().map(|key| (&key.public, key.until))
    }

    /// The keys that are accepted at `now`.
    pub fn infos(&self, now: Timestamp) -> Vec<KeyInfo> {
        let accepted = self.0.iter().enumerate().filter(|(_, key)| key.is_accepted(now));
        accepted
            .map(|(position, key)| KeyInfo {
                id: key.id.clone(),
                algorithm: "EdDSA".to_owned(),
                signs: position == 0,
                created_at: key.created,
                accepted_until: key.until,
            })
            .collect()
    }

    /// Adds a new key that signs. The other keys end after `overlap`, or at the end that they have already. Ended keys are
    /// removed.
    pub fn rotated(&self, overlap: Duration, now: Timestamp, entropy: &Entropy) -> Result<Self, KeysRefused> {
        let mut keys = vec![Key::create(now, entropy)];
        let end = now.plus(overlap);
        let before =
            self.0.iter().map(|key| Key { until: Some(key.until.map_or(end, |until| until.min(end))), ..key.clone() });
        keys.extend(before.filter(|key| key.is_accepted(now)));
        if keys.len() > MAX_KEYS { Err(KeysRefused::TooMany) } else { Ok(Self(keys)) }
    }

    /// Removes the key `id`. If it is the key that signs, a new one replaces it.
    pub fn without(&self, id: &str, now: Timestamp, entropy: &Entropy) -> Result<Self, KeysRefused> {
        let mut keys: Vec<Key> = self.0.iter().filter(|key| key.id != id).cloned().collect();
        if keys.len() == self.0.len() {
            return Err(KeysRefused::Unknown);
        }
        if self.0[0].id == id {
            keys.insert(0, Key::create(now, entropy));
        }
        Ok(Self(keys))
    }
}

impl Key {
    fn create(now: Timestamp, entropy: &Entropy) -> Self {
        let mut seed = [0; 32];
        entropy.fill(&mut seed);
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("any 32 bytes are an Ed25519 seed");
        let document = pair.to_pkcs8v1().expect("a key pair in memory has a PKCS#8 form");
        Self::read(Pem::new(TAG, document.as_ref()), now).expect("the key was created here")
    }

    fn read(block: Pem, created: Timestamp) -> Result<Self, String> {
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
        let created = time(CREATED)?.unwrap_or(created);
        let until = time(UNTIL)?;
        let public = jwk(pair.public_key().as_ref());
        let id = public.common.key_id.clone().unwrap_or_default();
        Ok(Self { public, id, created, until, block })
    }

    fn to_block(&self) -> Pem {
        let mut block = Pem::new(TAG, self.block.contents());
        let mut add = |header: &str, time: Timestamp| {
            block.headers_mut().add(header, &time.micros().to_string()).expect("a number fits into one line");
        };
        add(CREATED, self.created);
        if let Some(until) = self.until {
            add(UNTIL, until);
        }
        block
    }

    fn is_accepted(&self, now: Timestamp) -> bool {
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
        Keys(vec![Key::create(NOW, &Entropy::seeded(seed))])
    }

    /// A file whose key has no headers.
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
    fn keys_are_read_as_they_were_written() {
        let keys = key(1).rotated(Duration::from_secs(60), NOW, &Entropy::seeded(2)).unwrap();
        let read = Keys::read(&keys.to_pem(), Timestamp::from_micros(0)).unwrap();
        assert_eq!(read.infos(NOW), keys.infos(NOW));
        assert_eq!(read.to_pem(), keys.to_pem());
    }

    #[test]
    fn a_later_rotation_does_not_extend_an_overlap() {
        let minute = Duration::from_secs(60);
        let keys = key(1).rotated(minute, NOW, &Entropy::seeded(2)).unwrap();
        let keys = keys.rotated(minute * 60, NOW, &Entropy::seeded(3)).unwrap();
        let ends = |now| keys.infos(now).iter().map(|info| info.accepted_until).collect::<Vec<_>>();
        assert_eq!(ends(NOW), [None, Some(NOW.plus(minute * 60)), Some(NOW.plus(minute))]);
        assert_eq!(ends(NOW.plus(minute)).len(), 2);
        let later = keys.rotated(minute, NOW.plus(minute), &Entropy::seeded(4)).unwrap();
        assert_eq!(later.0.len(), 3, "ended keys are removed");
    }

    #[test]
    fn a_rotation_beyond_the_maximum_of_keys_is_refused() {
        let mut keys = key(0);
        for seed in 1..16 {
            keys = keys.rotated(Duration::from_secs(60), NOW, &Entropy::seeded(seed)).unwrap();
        }
        let refused = keys.rotated(Duration::from_secs(60), NOW, &Entropy::seeded(99));
        assert_eq!(refused.err(), Some(KeysRefused::TooMany));
    }

    #[test]
    fn a_damaged_key_file_is_refused_with_its_cause() {
        let read = |text: &str| Keys::read(text, NOW).err().unwrap();
        assert!(read("").contains("no PRIVATE KEY"));
        assert!(read(&pem::encode(&Pem::new("CERTIFICATE", b"x"))).contains("CERTIFICATE"));
        assert!(read(&pem::encode(&Pem::new(TAG, b"x"))).contains("Ed25519"));
        let keys = key(1).rotated(Duration::from_secs(60), NOW, &Entropy::seeded(2)).unwrap().to_pem();
        assert!(read(&keys.replace("Until: ", "Until: soon ")).contains("Until is not a time"));
    }
}
