//! Rotation and retirement of signing keys while the system runs.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use reqwest::StatusCode;
use serde_json::Value;

use super::program::{self, CommandOutput, Serving, fresh_folder, run_on};

/// The ids that `keys list` prints; the first key signs.
fn listed(ran: &CommandOutput) -> Vec<String> {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ids: Vec<_> = ran.out.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    let signs: Vec<bool> = ran.out.lines().map(|line| line.ends_with("signs")).collect();
    assert!(signs.iter().enumerate().all(|(index, signs)| *signs == (index == 0)), "{}", ran.out);
    ids
}

async fn published(serving: &Serving) -> Vec<String> {
    let (status, jwks) = serving.get("/.well-known/jwks.json", "").await;
    assert_eq!(status, StatusCode::OK);
    let keys = jwks["keys"].as_array().expect("a key set has keys");
    keys.iter().filter_map(|key| key["kid"].as_str()).map(str::to_owned).collect()
}

async fn status(serving: &Serving, token: &str) -> StatusCode {
    serving.get("/api/v1/bookings", token).await.0
}

/// Rotates keys during requests with tokens of the previous and the current key. No request may fail.
async fn rotate_under_load(data: &Path, serving: &Serving, kept: &str) {
    let done = AtomicBool::new(false);
    let requests = async {
        let mut answered = 0;
        while !done.load(Ordering::Relaxed) || answered == 0 {
            let placed = super::book(serving, kept, "tok_ok").await;
            assert_eq!(
                (placed.0, &placed.1["status"]),
                (StatusCode::CREATED, &Value::from("CONFIRMED")),
                "{}",
                placed.1
            );
            let fresh = program::token(data, "demo", "customer", &[]);
            assert_eq!(status(serving, &fresh).await, StatusCode::OK);
            answered += 1;
        }
        answered
    };
    let rotations = async {
        for _ in 0..3 {
            let data = data.to_owned();
            let ran = tokio::task::spawn_blocking(move || run_on(&data, &["keys", "rotate"]))
                .await
                .expect("the task does not panic");
            assert_eq!(published(serving).await, listed(&ran));
        }
        done.store(true, Ordering::Relaxed);
    };
    let (answered, ()) = tokio::join!(requests, rotations);
    assert!(answered > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn valid_tokens_are_accepted_during_rotations() {
    let data = fresh_folder("cli-keys");
    let mut serving = Serving::start(&data, &[], &[]).await;
    let first = listed(&run_on(&data, &["keys", "list"]));
    assert_eq!((first.len(), &published(&serving).await), (1, &first));
    let kept = program::token(&data, "demo", "customer", &[]);
    rotate_under_load(&data, &serving, &kept).await;
    let known = listed(&run_on(&data, &["keys", "list"]));
    assert_eq!((known.len(), known.last()), (4, first.last()));

    // A rotation while the system is stopped, and a restart during the overlap.
    assert_eq!(serving.terminate(), Some(0), "{}", serving.err());
    let rotated = listed(&run_on(&data, &["keys", "rotate", "--overlap", "1h"]));
    assert_eq!(rotated[1..], known);
    let serving = Serving::start(&data, &[], &[]).await;
    assert_eq!(published(&serving).await, rotated);
    assert_eq!(status(&serving, &kept).await, StatusCode::OK);

    // Retires a key that has leaked.
    let refused = run_on(&data, &["keys", "retire", &first[0]]);
    assert!(refused.code == Some(1) && refused.err.contains("force"), "{refused:?}");
    assert_eq!(status(&serving, &kept).await, StatusCode::OK);
    let retired = listed(&run_on(&data, &["keys", "retire", &first[0], "--force"]));
    assert_eq!(retired, rotated[..4]);
    assert_eq!(status(&serving, &kept).await, StatusCode::UNAUTHORIZED);
    let unknown = run_on(&data, &["keys", "retire", "unknown/../x", "--force"]);
    assert!(unknown.code == Some(1) && unknown.err.contains("no key has this id"), "{unknown:?}");
    // Retiring the signing key creates another one, which the services use at once.
    let fresh = listed(&run_on(&data, &["keys", "retire", &retired[0], "--force"]));
    assert!(!retired.contains(&fresh[0]), "{fresh:?}");
    let token = program::token(&data, "demo", "customer", &[]);
    let placed = super::book(&serving, &token, "tok_ok").await;
    assert_eq!((placed.0, &placed.1["status"]), (StatusCode::CREATED, &Value::from("CONFIRMED")), "{}", placed.1);
}

#[tokio::test]
async fn tokens_of_the_previous_key_are_refused_after_the_overlap() {
    let data = fresh_folder("cli-keys-overlap");
    let serving = Serving::start(&data, &["--demo"], &[]).await;
    let kept = program::token(&data, "demo", "customer", &[]);
    assert_eq!(status(&serving, &kept).await, StatusCode::OK);
    assert_eq!(listed(&run_on(&data, &["keys", "rotate", "--overlap", "0s"])).len(), 1);
    assert_eq!(status(&serving, &kept).await, StatusCode::UNAUTHORIZED, "the cached result is discarded too");
    assert_eq!(published(&serving).await, listed(&run_on(&data, &["keys", "list"])));
}
