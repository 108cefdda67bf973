//! The issuer's keys: a list, the first of which signs while all are published, so that a successor can be published
//! before it signs and the one before it stays known until its last token has ended.

use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use boxoffice_clock::Entropy;
use jsonwebtoken::{
    Algorithm, EncodingKey,
    jwk::{
        AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, OctetKeyPairParameters,
        OctetKeyPairType, PublicKeyUse, ThumbprintHash,
    },
};
use pem::{EncodeConfig, LineEnding, Pem};

use crate::{IdentityError, files};

/// The algorithm that this issuer signs with.
pub(crate) const ALGORITHM: Algorithm = Algorithm::EdDSA;

const TAG: &str = "PRIVATE KEY";

pub(crate) struct Keys {
    /// Signs.
    pub active: EncodingKey,
    /// Its name: the RFC 7638 thumbprint.
    pub kid: String,
    /// The public halves of all keys.
    pub published: JwkSet,
}

/// Reads the PKCS#8 keys of the PEM file at `path`; the first start makes one.
pub(crate) fn open(path: &Path, entropy: &Entropy) -> Result<Keys, IdentityError> {
    let text = files::read_or_create(path, || generate(entropy))?;
    read(&text).map_err(|reason| IdentityError::Content { path: path.to_owned(), reason })
}

fn generate(entropy: &Entropy) -> String {
    let mut seed = [0; 32];
    entropy.fill(&mut seed);
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("any 32 bytes are an Ed25519 seed");
    let document = pair.to_pkcs8v1().expect("a key pair in memory has a PKCS#8 form");
    pem::encode_config(&Pem::new(TAG, document.as_ref()), EncodeConfig::new().set_line_ending(LineEnding::LF))
}

fn read(text: &str) -> Result<Keys, String> {
    let blocks = pem::parse_many(text).map_err(|error| format!("not PEM: {error}"))?;
    let first = blocks.first().ok_or_else(|| format!("no {TAG} block"))?;
    let published = blocks.iter().map(public_half).collect::<Result<Vec<_>, _>>()?;
    let kid = published[0].common.key_id.clone().unwrap_or_default();
    Ok(Keys { active: EncodingKey::from_ed_der(first.contents()), kid, published: JwkSet { keys: published } })
}

fn public_half(block: &Pem) -> Result<Jwk, String> {
    if block.tag() != TAG {
        return Err(format!("expected {TAG} blocks, found {:?}", block.tag()));
    }
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(block.contents())
        .map_err(|error| format!("not an Ed25519 key in PKCS#8: {error}"))?;
    Ok(jwk(pair.public_key().as_ref()))
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

    #[test]
    fn the_key_id_is_the_thumbprint_of_rfc_8037_appendix_a_3() {
        let public = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(jwk(&public).common.key_id.unwrap(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn the_first_key_signs_and_all_are_published() {
        let (one, two) = (generate(&Entropy::seeded(1)), generate(&Entropy::seeded(2)));
        let keys = read(&format!("{two}{one}")).unwrap();
        assert_eq!(keys.published.keys.len(), 2);
        assert_eq!(keys.kid, read(&two).unwrap().kid);
        assert!(keys.published.find(&read(&one).unwrap().kid).is_some());
    }

    #[test]
    fn a_file_without_keys_says_so() {
        assert!(read("").err().unwrap().contains("no PRIVATE KEY"));
        assert!(read(&pem::encode(&Pem::new("CERTIFICATE", b"x"))).err().unwrap().contains("CERTIFICATE"));
        assert!(read(&pem::encode(&Pem::new(TAG, b"x"))).err().unwrap().contains("Ed25519"));
    }
}
