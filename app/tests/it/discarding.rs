//! Discarding dead letters on a running and on a stopped system, and how audits report it.

use std::path::Path;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::cli::{
    book,
    dead_letters::{SETTINGS, create_unreachable_customer, wait_for_dead_letters},
    program::{self, CommandOutput, Serving, fresh_folder},
};

fn discard(data: &Path, id: &str, reason: &str) -> CommandOutput {
    program::run_on(data, &["dead-letters", "discard", "--reason", reason, "--", id])
}

fn list_discarded(data: &Path) -> String {
    let listed = program::run_on(data, &["dead-letters", "list", "--discarded"]);
    assert_eq!(listed.code, Some(0), "{listed:?}");
    listed.out
}

/// Expects that every invariant holds, and a notice with the reason for each discarded dead letter.
fn expect_notices(data: &Path, reasons: &[&str]) {
    let verified = program::run_on(data, &["verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    let notices: Vec<_> = verified.out.lines().filter(|line| line.starts_with("NOTICE")).collect();
    assert_eq!(notices.len(), reasons.len(), "{}", verified.out);
    for reason in reasons {
        assert!(notices.iter().any(|line| line.contains(reason) && line.contains("was discarded by")), "{notices:?}");
    }
    assert!(!verified.out.contains("ALARM"), "{}", verified.out);
}

#[tokio::test]
async fn a_discarded_dead_letter_is_retained_with_its_reason() {
    let data = fresh_folder("discarding");
    let mut serving = Serving::start(&data, &[], SETTINGS).await;
    let token = create_unreachable_customer(&serving, &data).await;
    assert_eq!(list_discarded(&data), "No discarded dead letters.\n");
    let placed = book(&serving, &token, "tok_ok").await;
    let booking = placed.1["id"].as_str().expect("the booking was created").to_owned();
    let first = wait_for_dead_letters(&data, 1).await.remove(0);

    let discarded = discard(&data, &first, "  reached by telephone ");
    assert!(discarded.code == Some(0) && discarded.out.contains(&first), "{discarded:?}");
    wait_for_dead_letters(&data, 0).await;
    let again = discard(&data, &first, "twice");
    assert!(again.code == Some(1) && again.err.contains("no such dead letter"), "{again:?}");
    let replayed = program::run_on(&data, &["dead-letters", "replay", "--", &first]);
    assert_eq!(replayed.code, Some(1), "a discarded dead letter cannot be replayed: {replayed:?}");
    let kept = list_discarded(&data);
    // On a running system the command authenticates as `operator:command-line`; on a stopped one it acts as `command-line`.
    for part in [&*first, &booking, "by operator:command-line: reached by telephone\n"] {
        assert!(kept.contains(part), "{part} is not in {kept}");
    }
    assert!(!kept.contains("practice@"), "{kept}");
    expect_notices(&data, &["reached by telephone"]);

    // Discards a second dead letter, that of a declined booking, while the system is stopped.
    book(&serving, &token, "tok_declined").await;
    let second = wait_for_dead_letters(&data, 1).await.remove(0);
    assert_eq!(serving.terminate(), Some(0), "{}", serving.err());
    let discarded = discard(&data, &second, "moved away");
    assert_eq!(discarded.code, Some(0), "{discarded:?}");
    assert_eq!(discard(&data, &second, "twice").code, Some(1));
    assert_eq!(list_discarded(&data).lines().count(), 2);
    assert!(list_discarded(&data).contains("by command-line: moved away\n"), "{}", list_discarded(&data));
    expect_notices(&data, &["reached by telephone", "moved away"]);

    let _again = Serving::start(&data, &[], SETTINGS).await;
    expect_notices(&data, &["reached by telephone", "moved away"]);
    assert_eq!(wait_for_dead_letters(&data, 0).await, Vec::<String>::new());
}

#[tokio::test]
async fn discarding_requires_a_reason_and_the_scope_operator() {
    let data = fresh_folder("discarding-refused");
    let serving = Serving::start(&data, &[], SETTINGS).await;
    let token = create_unreachable_customer(&serving, &data).await;
    book(&serving, &token, "tok_ok").await;
    let id = wait_for_dead_letters(&data, 1).await.remove(0);
    let path = format!("/api/v1/dead-letters/{id}/discard");
    let operator = program::token(&data, "olga", "operator", &[]);
    let good = json!({"reason": "no use"});
    for who in [&token, &program::token(&data, "org", "organizer customer", &[])] {
        assert_eq!(serving.send(Method::POST, &path, who, &good).await.0, StatusCode::FORBIDDEN);
        assert_eq!(serving.get("/api/v1/dead-letters/discarded", who).await.0, StatusCode::FORBIDDEN);
    }
    for bad in [json!({}), json!({"reason": ""}), json!({"reason": " \n"}), json!({"reason": "x".repeat(501)})] {
        let refused = serving.send(Method::POST, &path, &operator, &bad).await;
        assert_eq!((refused.0, &refused.1["errors"][0]["field"]), (StatusCode::BAD_REQUEST, &json!("reason")));
    }
    let unknown = serving.send(Method::POST, "/api/v1/dead-letters/unknown/orders/1/discard", &operator, &good).await;
    assert_eq!(unknown.0, StatusCode::NOT_FOUND, "{}", unknown.1);
    assert_eq!(wait_for_dead_letters(&data, 1).await, [id.as_str()], "a refused request has no effect");

    // A discard and a replay at the same time: one of them wins.
    let replay = format!("/api/v1/dead-letters/{id}/replay");
    let (nothing, longest) = (json!({}), json!({"reason": "é".repeat(500)}));
    let (discarded, replayed) = tokio::join!(
        serving.send(Method::POST, &path, &operator, &longest),
        serving.send(Method::POST, &replay, &operator, &nothing),
    );
    let (done, refused) = if discarded.0 == StatusCode::OK { (discarded, replayed) } else { (replayed, discarded) };
    assert_eq!((done.0, refused.0), (StatusCode::OK, StatusCode::NOT_FOUND), "{} {}", done.1, refused.1);
    if done.1 == json!({"discarded": true}) {
        let kept: Value = serving.get("/api/v1/dead-letters/discarded", &operator).await.1;
        assert_eq!(kept[0]["reason"].as_str().map(|reason| reason.chars().count()), Some(500), "{kept}");
        assert_eq!((&kept[0]["discardedBy"], &kept[0]["deadLetter"]["id"]), (&json!("olga"), &json!(id)), "{kept}");
    }
}
