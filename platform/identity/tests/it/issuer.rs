use std::{fs, os::unix::fs::PermissionsExt, sync::Arc, time::Duration};

use boxoffice_clock::Entropy;
use boxoffice_identity::{IdentityError, Issuer, Scope, Scopes};
use serde_json::Value;

use crate::harness::{TestIssuer, URL};

#[test]
fn a_second_start_uses_the_existing_files() {
    let test = TestIssuer::open();
    let token = test.token();
    let files = ["keys.pem", "client.json", "issuer"];
    let read = || files.map(|name| fs::read_to_string(test.folder().join(name)).unwrap());
    let before = read();
    let again = Issuer::open(&test.folder(), "https://other.test", test.clock.clone(), Entropy::seeded(2)).unwrap();
    assert_eq!(read(), before);
    assert_eq!(again.url(), URL, "the first start fixes the identifier");
    assert!(again.verifier().verify(&token).is_ok());
    assert!(test.issuer.verifier().verify(&again.token("ann", Scopes::NONE, Duration::from_secs(1))).is_ok());
}

#[test]
fn two_issuers_share_nothing() {
    let (one, folder) = (TestIssuer::open(), tempfile::tempdir().unwrap());
    let two = Issuer::open(folder.path(), URL, one.clock.clone(), Entropy::system()).unwrap();
    assert!(two.verifier().verify(&one.token()).is_err());
    assert_ne!(fs::read(one.issuer.client_file()).unwrap(), fs::read(two.client_file()).unwrap());
}

#[test]
fn files_are_readable_only_by_their_owner() {
    let test = TestIssuer::open();
    assert_eq!(test.issuer.client_file(), test.folder().join("client.json"));
    let client: Value = serde_json::from_slice(&fs::read(test.issuer.client_file()).unwrap()).unwrap();
    assert_eq!(client["client_id"], "boxoffice");
    assert_eq!(client["client_secret"].as_str().unwrap().len(), 43, "256 bits in base64url");
    let mut names: Vec<_> = fs::read_dir(test.folder()).unwrap().map(|entry| entry.unwrap()).collect();
    names.sort_by_key(fs::DirEntry::file_name);
    let modes: Vec<_> = names
        .iter()
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().permissions().mode() & 0o777))
        .collect();
    let expected = [("client.json", 0o600), ("issuer", 0o600), ("keys.pem", 0o600)];
    assert_eq!(modes, expected.map(|(name, mode)| (name.to_owned(), mode)));
}

#[test]
fn a_draft_left_by_a_crash_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let draft = folder.path().join("keys.draft");
    fs::write(&draft, "half a k").unwrap();
    let test = TestIssuer::open();
    Issuer::open(folder.path(), URL, test.clock.clone(), Entropy::seeded(1)).unwrap();
    assert!(!draft.exists());
    let mode = fs::metadata(folder.path().join("keys.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_damaged_file_is_named() {
    for (name, content) in [("keys.pem", "no key"), ("client.json", "{}"), ("keys.pem", "")] {
        let test = TestIssuer::open();
        let path = test.folder().join(name);
        fs::write(&path, content).unwrap();
        let error = Issuer::open(&test.folder(), URL, test.clock.clone(), Entropy::seeded(1)).err().unwrap();
        assert!(matches!(&error, IdentityError::Content { path: named, .. } if *named == path), "{error}");
    }
}

#[test]
fn the_issuer_identifier_must_be_a_url() {
    let test = TestIssuer::open();
    let open = |url: &str| {
        let folder = tempfile::tempdir().unwrap();
        Issuer::open(folder.path(), url, test.clock.clone(), Entropy::seeded(1)).map(|issuer| issuer.url().to_owned())
    };
    assert_eq!(open("https://id.test/realms/shop/").unwrap(), "https://id.test/realms/shop");
    for bad in
        ["", "localhost:8080", "ftp://id.test", "http://", "http://id.test/?a=b", "http://id.test/#a", "http://a b"]
    {
        assert!(matches!(open(bad), Err(IdentityError::IssuerUrl(_))), "{bad:?}");
    }
}

#[test]
fn a_credential_has_the_operator_scope_and_renews_itself() {
    let test = TestIssuer::open();
    let credential = test.issuer.credential("bookings");
    let verifier = test.issuer.verifier();
    let first = credential.bearer();
    let principal = verifier.verify(&first).unwrap();
    assert_eq!((principal.subject.as_str(), principal.scopes), ("service:bookings", Scope::Operator.into()));
    assert!(Arc::ptr_eq(&first, &credential.clone().bearer()), "clones share one token");
    for _ in 0..20 {
        test.time.advance(Duration::from_secs(600));
        let token = credential.bearer();
        assert!(verifier.verify(&token).is_ok());
        test.time.advance(Duration::from_secs(1799));
        assert!(verifier.verify(&token).is_ok(), "a token is valid for half an hour after its use");
    }
    assert_ne!(first, credential.bearer());
}

#[test]
fn the_anonymous_credential_has_no_scope() {
    let test = TestIssuer::open();
    let principal = test.issuer.verifier().verify(&test.issuer.anonymous().bearer()).unwrap();
    assert_eq!((principal.subject.as_str(), principal.scopes), ("anonymous", Scopes::NONE));
}
