//! Rotation and retirement of keys, across restarts and crashes.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{body::Body, http::Request};
use boxoffice_clock::Entropy;
use boxoffice_identity::{IdentityError, Issuer, KeyChangeRefused, Scopes, TokenRefused};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::harness::{HOUR, TestIssuer, URL};

const MOMENT: Duration = Duration::from_micros(1);

fn reopen(test: &TestIssuer) -> Issuer {
    Issuer::open_existing(&test.folder(), test.clock.clone(), Entropy::seeded(9)).unwrap()
}

/// The ids of the published keys.
async fn published(issuer: &Issuer) -> Vec<String> {
    let request = Request::get("/.well-known/jwks.json").body(Body::empty()).unwrap();
    let answer = issuer.router().oneshot(request).await.unwrap();
    let body: Value = serde_json::from_slice(&axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap()).unwrap();
    body["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_replaced_key_is_valid_until_its_overlap_ends() {
    let test = TestIssuer::open();
    let (issuer, verifier) = (&test.issuer, test.issuer.verifier());
    let (used, fresh) = (issuer.token("ann", Scopes::ALL, HOUR * 24), issuer.token("bob", Scopes::ALL, HOUR * 24));
    assert!(verifier.verify(&used).is_ok());
    let before = issuer.keys()[0].id.clone();
    let keys = issuer.rotate(HOUR * 2).unwrap();
    assert_eq!((keys.len(), keys[0].signs, &keys[1].id, keys[1].signs), (2, true, &before, false));
    assert_eq!(published(issuer).await, [keys[0].id.clone(), before.clone()]);
    let after = issuer.token("ann", Scopes::ALL, HOUR * 24);
    test.time.advance((HOUR * 2).checked_sub(MOMENT).unwrap());
    for token in [&used, &fresh, &after] {
        assert!(verifier.verify(token).is_ok());
    }
    test.time.advance(MOMENT);
    for token in [&used, &fresh] {
        assert_eq!(verifier.verify(token), Err(TokenRefused::UnknownKey), "also a cached one");
    }
    assert!(verifier.verify(&after).is_ok());
    assert_eq!(published(issuer).await, [keys[0].id.clone()]);
}

#[tokio::test]
async fn a_restart_during_an_overlap_keeps_both_keys() {
    let test = TestIssuer::open();
    let before = test.token();
    test.issuer.rotate(HOUR).unwrap();
    let after = test.token();
    let mode = fs::metadata(test.folder().join("keys.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    test.time.advance(HOUR / 2);
    let started = reopen(&test);
    assert_eq!(started.keys(), test.issuer.keys());
    assert!(started.verifier().verify(&before).is_ok() && started.verifier().verify(&after).is_ok());
    test.time.advance(HOUR / 2);
    assert_eq!(
        started.verifier().verify(&before),
        Err(TokenRefused::Expired),
        "the token and the overlap end at the same time"
    );
    assert_eq!(published(&started).await.len(), 1);
}

#[test]
fn a_retired_key_is_refused_at_once_and_credentials_renew() {
    let test = TestIssuer::open();
    let (issuer, verifier) = (&test.issuer, test.issuer.verifier());
    let credential = issuer.credential("bookings");
    let (stolen, service) = (test.token(), credential.bearer());
    assert!(verifier.verify(&stolen).is_ok());
    let leaked = issuer.keys()[0].id.clone();
    assert_eq!(issuer.retire(&leaked, false), Err(KeyChangeRefused::InUse));
    assert_eq!(issuer.retire("unknown", true), Err(KeyChangeRefused::Unknown));
    assert!(verifier.verify(&stolen).is_ok(), "a refusal changes nothing");
    let keys = issuer.retire(&leaked, true).unwrap();
    assert!(keys.len() == 1 && keys[0].signs && keys[0].id != leaked, "a new key signs");
    for token in [&*stolen, &*service] {
        assert_eq!(verifier.verify(token), Err(TokenRefused::UnknownKey));
    }
    assert!(verifier.verify(&credential.bearer()).is_ok(), "a credential renews itself");
    assert!(verifier.verify(&test.token()).is_ok());
    assert_eq!(reopen(&test).verifier().verify(&stolen), Err(TokenRefused::UnknownKey));
}

#[test]
fn a_credential_renews_after_a_rotation() {
    let test = TestIssuer::open();
    let credential = test.issuer.credential("bookings");
    let before = credential.bearer();
    assert!(Arc::ptr_eq(&before, &credential.bearer()));
    test.issuer.rotate(HOUR).unwrap();
    let after = credential.bearer();
    assert_ne!(before, after);
    test.time.advance(HOUR / 4);
    assert!(Arc::ptr_eq(&after, &credential.bearer()));
}

#[test]
fn a_rotation_that_cannot_be_written_changes_nothing() {
    let test = TestIssuer::open();
    let (token, keys) = (test.token(), test.issuer.keys());
    // A folder at the path of the draft makes the write fail.
    let draft = test.folder().join("keys.draft");
    fs::create_dir(&draft).unwrap();
    let refused = test.issuer.rotate(HOUR);
    assert!(matches!(&refused, Err(KeyChangeRefused::Unwritable(why)) if why.contains("keys.pem")), "{refused:?}");
    assert_eq!(test.issuer.keys(), keys);
    assert!(test.issuer.verifier().verify(&token).is_ok());
    assert!(reopen(&test).verifier().verify(&test.token()).is_ok());
    fs::remove_dir(&draft).unwrap();
    // A draft that a crash left is overwritten.
    fs::write(&draft, "half a k").unwrap();
    assert_eq!(test.issuer.rotate(HOUR).unwrap().len(), 2);
    assert!(!draft.exists());
}

#[test]
fn valid_tokens_are_accepted_during_concurrent_rotations() {
    let test = TestIssuer::open();
    let (issuer, done) = (test.issuer.clone(), AtomicBool::new(false));
    let checked = std::thread::scope(|scope| {
        let (done, test) = (&done, &test);
        scope.spawn(move || {
            (0..12).for_each(|_| drop(issuer.rotate(HOUR).unwrap()));
            done.store(true, Ordering::Relaxed);
        });
        let checks = [(); 2].map(|()| {
            scope.spawn(move || {
                let (verifier, mut checked) = (test.issuer.verifier(), 0_u32);
                let first = test.token();
                while !done.load(Ordering::Relaxed) || checked == 0 {
                    for token in [&test.token(), &first] {
                        assert_eq!(verifier.verify(token).map(drop), Ok(()));
                    }
                    // Like the command line, which reads the files.
                    let read = reopen(test).token("ann", Scopes::ALL, HOUR);
                    assert_eq!(verifier.verify(&read).map(drop), Ok(()));
                    checked += 1;
                }
                checked
            })
        });
        checks.map(|check| check.join().unwrap())
    });
    assert!(checked.iter().all(|checked| *checked > 0));
    assert_eq!(test.issuer.keys().len(), 13);
}

#[test]
fn opening_an_existing_issuer_creates_no_file() {
    for missing in ["keys.pem", "client.json", "issuer"] {
        let test = TestIssuer::open();
        let path = test.folder().join(missing);
        fs::remove_file(&path).unwrap();
        let refused = Issuer::open_existing(&test.folder(), test.clock.clone(), Entropy::seeded(1)).err().unwrap();
        assert!(matches!(&refused, IdentityError::File { path: named, .. } if *named == path), "{refused}");
        assert!(!path.exists());
    }
    let test = TestIssuer::open();
    assert_eq!(reopen(&test).url(), URL);
}
