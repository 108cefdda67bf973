//! Keys that follow each other: what stays good, what does not, and what a crash leaves.

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
use boxoffice_identity::{IdentityError, Issuer, KeysRefused, Scopes, TokenRefused};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::house::{HOUR, House, URL};

const MOMENT: Duration = Duration::from_micros(1);

fn again(house: &House) -> Issuer {
    Issuer::open_existing(&house.folder(), house.clock.clone(), Entropy::seeded(9)).unwrap()
}

/// The ids that are published.
async fn published(issuer: &Issuer) -> Vec<String> {
    let request = Request::get("/.well-known/jwks.json").body(Body::empty()).unwrap();
    let answer = issuer.router().oneshot(request).await.unwrap();
    let body: Value = serde_json::from_slice(&axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap()).unwrap();
    body["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_key_of_before_is_known_until_its_overlap_ends() {
    let house = House::open();
    let (issuer, verifier) = (&house.issuer, house.issuer.verifier());
    let (used, fresh) = (issuer.token("ann", Scopes::ALL, HOUR * 24), issuer.token("bob", Scopes::ALL, HOUR * 24));
    assert!(verifier.verify(&used).is_ok());
    let before = issuer.keys()[0].id.clone();
    let keys = issuer.rotate(HOUR * 2).unwrap();
    assert_eq!((keys.len(), keys[0].signs, &keys[1].id, keys[1].signs), (2, true, &before, false));
    assert_eq!(published(issuer).await, [keys[0].id.clone(), before.clone()]);
    let after = issuer.token("ann", Scopes::ALL, HOUR * 24);
    house.hand.advance((HOUR * 2).checked_sub(MOMENT).unwrap());
    for token in [&used, &fresh, &after] {
        assert!(verifier.verify(token).is_ok());
    }
    house.hand.advance(MOMENT);
    for token in [&used, &fresh] {
        assert_eq!(verifier.verify(token), Err(TokenRefused::UnknownKey), "also when it was remembered");
    }
    assert!(verifier.verify(&after).is_ok());
    assert_eq!(published(issuer).await, [keys[0].id.clone()]);
}

#[tokio::test]
async fn a_start_in_the_middle_goes_on() {
    let house = House::open();
    let before = house.token();
    house.issuer.rotate(HOUR).unwrap();
    let after = house.token();
    let mode = fs::metadata(house.folder().join("keys.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    house.hand.advance(HOUR / 2);
    let started = again(&house);
    assert_eq!(started.keys(), house.issuer.keys());
    assert!(started.verifier().verify(&before).is_ok() && started.verifier().verify(&after).is_ok());
    house.hand.advance(HOUR / 2);
    assert_eq!(started.verifier().verify(&before), Err(TokenRefused::Expired), "both end at this moment");
    assert_eq!(published(&started).await.len(), 1);
}

#[test]
fn a_key_that_has_leaked_is_refused_at_once_and_services_go_on() {
    let house = House::open();
    let (issuer, verifier) = (&house.issuer, house.issuer.verifier());
    let credential = issuer.credential("bookings");
    let (stolen, service) = (house.token(), credential.bearer());
    assert!(verifier.verify(&stolen).is_ok());
    let leaked = issuer.keys()[0].id.clone();
    assert_eq!(issuer.retire(&leaked, false), Err(KeysRefused::InUse));
    assert_eq!(issuer.retire("nobody", true), Err(KeysRefused::Unknown));
    assert!(verifier.verify(&stolen).is_ok(), "a refusal changes nothing");
    let keys = issuer.retire(&leaked, true).unwrap();
    assert!(keys.len() == 1 && keys[0].signs && keys[0].id != leaked, "a fresh one signs");
    for token in [&*stolen, &*service] {
        assert_eq!(verifier.verify(token), Err(TokenRefused::UnknownKey));
    }
    assert!(verifier.verify(&credential.bearer()).is_ok(), "a credential renews itself");
    assert!(verifier.verify(&house.token()).is_ok());
    assert_eq!(again(&house).verifier().verify(&stolen), Err(TokenRefused::UnknownKey));
}

#[test]
fn a_credential_signs_with_the_key_that_signs() {
    let house = House::open();
    let credential = house.issuer.credential("bookings");
    let before = credential.bearer();
    assert!(Arc::ptr_eq(&before, &credential.bearer()));
    house.issuer.rotate(HOUR).unwrap();
    let after = credential.bearer();
    assert_ne!(before, after);
    house.hand.advance(HOUR / 4);
    assert!(Arc::ptr_eq(&after, &credential.bearer()));
}

#[test]
fn what_cannot_be_written_changes_nothing() {
    let house = House::open();
    let (token, keys) = (house.token(), house.issuer.keys());
    // A folder stands where the draft would be written.
    let draft = house.folder().join("keys.draft");
    fs::create_dir(&draft).unwrap();
    let refused = house.issuer.rotate(HOUR);
    assert!(matches!(&refused, Err(KeysRefused::Unwritable(why)) if why.contains("keys.pem")), "{refused:?}");
    assert_eq!(house.issuer.keys(), keys);
    assert!(house.issuer.verifier().verify(&token).is_ok());
    assert!(again(&house).verifier().verify(&house.token()).is_ok());
    fs::remove_dir(&draft).unwrap();
    // What a crash left of a draft is written over.
    fs::write(&draft, "half a k").unwrap();
    assert_eq!(house.issuer.rotate(HOUR).unwrap().len(), 2);
    assert!(!draft.exists());
}

#[test]
fn valid_tokens_are_good_at_every_moment_of_many_rotations() {
    let house = House::open();
    let (issuer, done) = (house.issuer.clone(), AtomicBool::new(false));
    let checked = std::thread::scope(|scope| {
        let (done, house) = (&done, &house);
        scope.spawn(move || {
            (0..12).for_each(|_| drop(issuer.rotate(HOUR).unwrap()));
            done.store(true, Ordering::Relaxed);
        });
        let checks = [(); 2].map(|()| {
            scope.spawn(move || {
                let (verifier, mut checked) = (house.issuer.verifier(), 0_u32);
                let kept = house.token();
                while !done.load(Ordering::Relaxed) || checked == 0 {
                    for token in [&house.token(), &kept] {
                        assert_eq!(verifier.verify(token).map(drop), Ok(()));
                    }
                    // As the command line does, which reads the file.
                    let read = again(house).token("ann", Scopes::ALL, HOUR);
                    assert_eq!(verifier.verify(&read).map(drop), Ok(()));
                    checked += 1;
                }
                checked
            })
        });
        checks.map(|check| check.join().unwrap())
    });
    assert!(checked.iter().all(|checked| *checked > 0));
    assert_eq!(house.issuer.keys().len(), 13);
}

#[test]
fn what_is_not_there_is_not_made() {
    for missing in ["keys.pem", "client.json", "issuer"] {
        let house = House::open();
        let path = house.folder().join(missing);
        fs::remove_file(&path).unwrap();
        let refused = Issuer::open_existing(&house.folder(), house.clock.clone(), Entropy::seeded(1)).err().unwrap();
        assert!(matches!(&refused, IdentityError::File { path: named, .. } if *named == path), "{refused}");
        assert!(!path.exists());
    }
    let house = House::open();
    assert_eq!(again(&house).url(), URL);
}
