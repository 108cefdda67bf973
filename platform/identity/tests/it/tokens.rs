use std::time::Duration;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::KeySize,
    signature::{Ed25519KeyPair, KeyPair, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use boxoffice_identity::{
    Scope, Scopes, TokenRefused,
    TokenRefused::{
        Algorithm, Audience, Expired, Issuer, Malformed, NotYetValid, Signature, Subject, Type, UnknownKey,
    },
    Verifier,
};
use jsonwebtoken::{EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};

use crate::harness::{HOUR, NOW, TestIssuer, URL};

fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

#[test]
fn a_valid_token_has_a_subject_and_scopes() {
    let test = TestIssuer::open();
    let scopes = [Scope::Organizer, Scope::Customer].into_iter().collect();
    let principal = test.issuer.verifier().verify(&test.issuer.token("ann", scopes, HOUR)).unwrap();
    assert_eq!((principal.subject.as_str(), principal.scopes), ("ann", scopes));
}

#[test]
fn a_token_has_the_claims_of_rfc_9068() {
    let test = TestIssuer::open();
    let token = test.issuer.token("ann", Scope::Customer.into(), Duration::from_millis(1500));
    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!((header.typ.as_deref(), header.alg), (Some("at+jwt"), jsonwebtoken::Algorithm::EdDSA));
    let mut claims: Value = jsonwebtoken::dangerous::insecure_decode_claims(&token).unwrap();
    let jti = claims["jti"].take();
    assert!(!jti.as_str().unwrap().is_empty());
    assert_eq!(
        claims,
        json!({"iss": URL, "sub": "ann", "aud": "boxoffice", "client_id": "boxoffice", "iat": NOW, "nbf": NOW,
            "exp": NOW + 2, "jti": null, "scope": "customer"})
    );
    let other = test.issuer.token("ann", Scope::Customer.into(), HOUR);
    let claims: Value = jsonwebtoken::dangerous::insecure_decode_claims(other).unwrap();
    assert_ne!(claims["jti"], jti);
}

#[test]
fn claims_are_verified() {
    let test = TestIssuer::open();
    let verifier = test.issuer.verifier();
    let (short, long) = ("ü".repeat(255), "ü".repeat(256));
    let table: &[(Value, Result<(), TokenRefused>)] = &[
        (json!({}), Ok(())),
        (json!({"iss": "http://elsewhere:8080"}), Err(Issuer)),
        (json!({"iss": format!("{URL}/")}), Err(Issuer)),
        (json!({"iss": null}), Err(Issuer)),
        (json!({"aud": "somebody"}), Err(Audience)),
        (json!({"aud": ["somebody", "boxoffice"]}), Ok(())),
        (json!({"aud": []}), Err(Audience)),
        (json!({"aud": null}), Err(Audience)),
        (json!({"exp": NOW + 1}), Ok(())),
        (json!({"exp": NOW}), Err(Expired)),
        (json!({"exp": f64::from(1_900_000_000) + 0.5}), Err(Expired)),
        (json!({"exp": -1e300}), Err(Expired)),
        (json!({"exp": null}), Err(Malformed)),
        (json!({"exp": "2030"}), Err(Malformed)),
        (json!({"nbf": NOW + 60}), Ok(())),
        (json!({"nbf": NOW + 61}), Err(NotYetValid)),
        (json!({"nbf": "soon"}), Err(Malformed)),
        (json!({"sub": short}), Ok(())),
        (json!({"sub": long}), Err(Subject)),
        (json!({"sub": ""}), Err(Subject)),
        (json!({"sub": "a\u{0}b"}), Err(Subject)),
        (json!({"sub": "a\r\nb"}), Err(Subject)),
        (json!({"sub": null}), Err(Subject)),
        (json!({"scope": 7}), Err(Malformed)),
    ];
    for (change, expected) in table {
        assert_eq!(verifier.verify(&test.with_claims(change.clone())).map(drop), *expected, "{change}");
    }
}

#[test]
fn unknown_scopes_are_ignored() {
    let test = TestIssuer::open();
    for (claim, expected) in [
        (json!("openid operator email"), Scopes::from(Scope::Operator)),
        (json!(""), Scopes::NONE),
        (Value::Null, Scopes::NONE),
    ] {
        let principal = test.issuer.verifier().verify(&test.with_claims(json!({"scope": claim}))).unwrap();
        assert_eq!(principal.scopes, expected, "{claim}");
    }
}

#[test]
fn the_header_is_verified() {
    let test = TestIssuer::open();
    let claims = json!({"iss": URL, "sub": "ann", "aud": "boxoffice", "exp": NOW + 3600});
    let kid = test.header().kid;
    let table: &[(Value, Result<(), TokenRefused>)] = &[
        (json!({"alg": "EdDSA", "kid": kid, "typ": "at+jwt"}), Ok(())),
        (json!({"alg": "EdDSA", "kid": kid, "typ": "application/AT+JWT"}), Ok(())),
        (json!({"alg": "EdDSA", "kid": kid, "typ": "JWT"}), Ok(())),
        (json!({"alg": "EdDSA", "kid": kid, "typ": "dpop+jwt"}), Err(Type)),
        (json!({"alg": "EdDSA", "kid": kid}), Err(Type)),
        (json!({"alg": "EdDSA", "kid": "other", "typ": "JWT"}), Err(UnknownKey)),
        (json!({"alg": "EdDSA", "typ": "JWT"}), Err(UnknownKey)),
        (json!({"alg": "none", "kid": kid, "typ": "JWT"}), Err(Algorithm)),
        (json!({"alg": "RS256", "kid": kid, "typ": "JWT"}), Err(Algorithm)),
        (json!({"alg": "HS256", "kid": kid, "typ": "JWT"}), Err(Algorithm)),
        (json!({"alg": "eddsa", "kid": kid, "typ": "JWT"}), Err(Algorithm)),
        (json!({"kid": kid, "typ": "JWT"}), Err(Malformed)),
        (json!({"alg": "EdDSA", "kid": kid, "typ": "JWT", "crit": ["b64"]}), Err(Malformed)),
    ];
    for (header, expected) in table {
        let message = format!("{}.{}", part(header), part(&claims));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &test.key(), jsonwebtoken::Algorithm::EdDSA).unwrap();
        let verified = test.issuer.verifier().verify(&format!("{message}.{signature}")).map(drop);
        assert_eq!(verified, *expected, "{header}");
    }
}

#[test]
fn a_forged_token_is_refused() {
    let test = TestIssuer::open();
    let verifier = test.issuer.verifier();
    let valid = test.token();
    let (message, signature) = valid.rsplit_once('.').unwrap();
    let (header, claims) = message.split_once('.').unwrap();

    let mut altered: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    altered["sub"] = "eve".into();
    assert_eq!(verifier.verify(&format!("{header}.{}.{signature}", part(&altered))), Err(Signature));

    let none = part(&json!({"alg": "none", "typ": "at+jwt", "kid": test.header().kid}));
    assert_eq!(verifier.verify(&format!("{none}.{claims}.")), Err(Algorithm));
    assert_eq!(verifier.verify(&format!("{message}.")), Err(Signature));

    let other_key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap().to_pkcs8v1().unwrap();
    let claims: Value = jsonwebtoken::dangerous::insecure_decode_claims(&valid).unwrap();
    let forged = encode(&test.header(), &claims, &EncodingKey::from_ed_der(other_key.as_ref())).unwrap();
    assert_eq!(verifier.verify(&forged), Err(Signature));

    let private = std::fs::read_to_string(test.folder().join("keys.pem")).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pem::parse(private).unwrap().contents()).unwrap();
    let with_public_key = Header { alg: jsonwebtoken::Algorithm::HS256, ..test.header() };
    let hmac = encode(&with_public_key, &claims, &EncodingKey::from_secret(pair.public_key().as_ref())).unwrap();
    assert_eq!(verifier.verify(&hmac), Err(Algorithm));
    assert!(verifier.verify(&valid).is_ok());
}

#[test]
fn other_texts_are_malformed() {
    let test = TestIssuer::open();
    let valid = test.token();
    let (header, rest) = valid.split_once('.').unwrap();
    for text in ["", ".", "..", "a.b", "a.b.c", "not a token", &format!("{header}."), &format!("{valid}.{rest}")] {
        assert_eq!(test.issuer.verifier().verify(text), Err(Malformed), "{text:?}");
    }
}

#[test]
fn a_cached_token_expires() {
    let test = TestIssuer::open();
    let verifier = test.issuer.verifier();
    let token = test.token();
    let first = verifier.verify(&token).unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &verifier.verify(&token).unwrap()), "the second use is cached");
    test.time.advance(HOUR.checked_sub(Duration::from_micros(1)).unwrap());
    assert!(verifier.verify(&token).is_ok());
    test.time.advance(Duration::from_micros(1));
    assert_eq!(verifier.verify(&token), Err(Expired));
    assert_eq!(verifier.verify(&token), Err(Expired));
}

#[test]
fn a_refusal_is_not_cached() {
    let test = TestIssuer::open();
    let early = test.with_claims(json!({"nbf": NOW + 100}));
    assert_eq!(test.issuer.verifier().verify(&early), Err(NotYetValid));
    test.time.advance(Duration::from_secs(40));
    assert!(test.issuer.verifier().verify(&early).is_ok());
}

#[test]
fn a_refusal_does_not_contain_the_token() {
    let test = TestIssuer::open();
    let refused = test.issuer.verifier().verify("secret.secret.secret").unwrap_err();
    assert_eq!(refused.to_string(), "the token is malformed");
}

#[test]
fn keys_of_another_issuer_verify_its_tokens() {
    let test = TestIssuer::open();
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    // The library needs the key without its PKCS#8 wrapping of 26 bytes.
    let private = EncodingKey::from_rsa_der(&private.as_ref()[26..]);
    let mut jwk = Jwk::from_encoding_key(&private, jsonwebtoken::Algorithm::RS256).unwrap();
    jwk.common.key_id = Some("theirs".to_owned());
    let mut encryption = serde_json::to_value(&jwk).unwrap();
    encryption["use"] = "enc".into();
    encryption["kid"] = "hidden".into();
    let shared_secret = json!({"kty": "oct", "kid": "secret", "k": "c2VjcmV0"});
    let set = json!({"keys": [encryption, shared_secret, {"kty": "new", "kid": "new"}, jwk]});
    let verifier = Verifier::from_jwks("https://id.test/realm", &set.to_string(), test.clock.clone()).unwrap();

    let claims = json!({"iss": "https://id.test/realm", "sub": "ann", "aud": ["boxoffice"], "exp": NOW + 60});
    let signed = |kid: &str| {
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(jsonwebtoken::Algorithm::RS256) };
        encode(&header, &claims, &private).unwrap()
    };
    assert_eq!(verifier.verify(&signed("theirs")).unwrap().subject, "ann");
    for kid in ["hidden", "secret", "new"] {
        assert_eq!(verifier.verify(&signed(kid)), Err(UnknownKey), "{kid}");
    }
    let wider = Header { kid: Some("theirs".to_owned()), alg: jsonwebtoken::Algorithm::RS512, ..Header::default() };
    assert_eq!(verifier.verify(&encode(&wider, &claims, &private).unwrap()), Err(Algorithm));
    assert_eq!(verifier.verify(&test.token()), Err(UnknownKey));
    assert!(Verifier::from_jwks(URL, "[]", test.clock.clone()).is_err());
}
