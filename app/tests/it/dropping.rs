//! Messages that operators give up: on a running and on a stopped system, and what is told of them afterwards.

use std::path::Path;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::cli::{
    book, parked,
    program::{self, Ran, Serving, fresh_folder},
};

/// A letter is parked after its second failure, which is soon.
const SETTINGS: &[(&str, &str)] =
    &[("BOXOFFICE_NOTIFICATIONS_MAX_ATTEMPTS", "2"), ("BOXOFFICE_NOTIFICATIONS_FIRST_WAIT", "10ms")];

/// A customer whose mail never goes out.
async fn unreachable(serving: &Serving, data: &Path) -> String {
    let token = program::token(data, "practice", "customer", &[]);
    let profile = json!({"name": "Practice", "email": "practice@fail.test"});
    let made = serving.send(Method::PUT, "/api/v1/users/me", &token, &profile).await;
    assert_eq!(made.0, StatusCode::CREATED, "{}", made.1);
    token
}

fn give_up(data: &Path, id: &str, reason: &str) -> Ran {
    program::on(data, &["dead-letters", "drop", "--reason", reason, "--", id])
}

fn listed(data: &Path) -> String {
    let listed = program::on(data, &["dead-letters", "list", "--dropped"]);
    assert_eq!(listed.code, Some(0), "{listed:?}");
    listed.out
}

/// Everything holds, and every dropped message is told of, with its reason.
fn expect_notices(data: &Path, reasons: &[&str]) {
    let verified = program::on(data, &["verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    let notices: Vec<_> = verified.out.lines().filter(|line| line.starts_with("NOTICE")).collect();
    assert_eq!(notices.len(), reasons.len(), "{}", verified.out);
    for reason in reasons {
        assert!(notices.iter().any(|line| line.contains(reason) && line.contains("was dropped by")), "{notices:?}");
    }
    assert!(!verified.out.contains("ALARM"), "{}", verified.out);
}

#[tokio::test]
async fn what_is_given_up_is_kept_with_its_reason() {
    let data = fresh_folder("dropping");
    let mut serving = Serving::start(&data, &[], SETTINGS).await;
    let token = unreachable(&serving, &data).await;
    assert_eq!(listed(&data), "No message was dropped.\n");
    let placed = book(&serving, &token, "tok_ok").await;
    let booking = placed.1["id"].as_str().expect("it is made").to_owned();
    let first = parked(&data, 1).await.remove(0);

    let dropped = give_up(&data, &first, "  told her by telephone ");
    assert!(dropped.code == Some(0) && dropped.out.contains(&first), "{dropped:?}");
    parked(&data, 0).await;
    let again = give_up(&data, &first, "twice");
    assert!(again.code == Some(1) && again.err.contains("no such parked message"), "{again:?}");
    let replayed = program::on(&data, &["dead-letters", "replay", "--", &first]);
    assert_eq!(replayed.code, Some(1), "what is given up is not tried again: {replayed:?}");
    let kept = listed(&data);
    for part in [&*first, &booking, "by operator:command-line: told her by telephone\n"] {
        assert!(kept.contains(part), "{part} is not in {kept}");
    }
    assert!(!kept.contains("practice@"), "{kept}");
    expect_notices(&data, &["told her by telephone"]);

    // A second one, given up while the system is stopped.
    book(&serving, &token, "tok_declined").await;
    let second = parked(&data, 1).await.remove(0);
    assert_eq!(serving.terminate(), Some(0), "{}", serving.err());
    let dropped = give_up(&data, &second, "moved away");
    assert_eq!(dropped.code, Some(0), "{dropped:?}");
    assert_eq!(give_up(&data, &second, "twice").code, Some(1));
    assert_eq!(listed(&data).lines().count(), 2);
    assert!(listed(&data).contains("by command-line: moved away\n"), "{}", listed(&data));
    expect_notices(&data, &["told her by telephone", "moved away"]);

    let _again = Serving::start(&data, &[], SETTINGS).await;
    expect_notices(&data, &["told her by telephone", "moved away"]);
    assert_eq!(parked(&data, 0).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_reason_is_required_and_only_operators_give_up() {
    let data = fresh_folder("dropping-refused");
    let serving = Serving::start(&data, &[], SETTINGS).await;
    let token = unreachable(&serving, &data).await;
    book(&serving, &token, "tok_ok").await;
    let id = parked(&data, 1).await.remove(0);
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
    let unknown = serving.send(Method::POST, "/api/v1/dead-letters/nobody/orders/1/discard", &operator, &good).await;
    assert_eq!(unknown.0, StatusCode::NOT_FOUND, "{}", unknown.1);
    assert_eq!(parked(&data, 1).await, [id.as_str()], "a refusal has changed nothing");

    // One decision, whoever is first.
    let replay = format!("/api/v1/dead-letters/{id}/replay");
    let (nothing, longest) = (json!({}), json!({"reason": "é".repeat(500)}));
    let (dropped, replayed) = tokio::join!(
        serving.send(Method::POST, &path, &operator, &longest),
        serving.send(Method::POST, &replay, &operator, &nothing),
    );
    let (done, refused) = if dropped.0 == StatusCode::OK { (dropped, replayed) } else { (replayed, dropped) };
    assert_eq!((done.0, refused.0), (StatusCode::OK, StatusCode::NOT_FOUND), "{} {}", done.1, refused.1);
    if done.1 == json!({"discarded": true}) {
        let kept: Value = serving.get("/api/v1/dead-letters/discarded", &operator).await.1;
        assert_eq!(kept[0]["reason"].as_str().map(|reason| reason.chars().count()), Some(500), "{kept}");
        assert_eq!((&kept[0]["discardedBy"], &kept[0]["deadLetter"]["id"]), (&json!("olga"), &json!(id)), "{kept}");
    }
}
