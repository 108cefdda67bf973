//! A full disk during bookings: requests fail with an error, no data is lost or incomplete, and the system recovers.
//!
//! A disk cannot be filled without rights. What can be limited without any is how far a file may grow: from then on
//! every write of the program fails, those of its log among them.

use std::time::Duration;

use boxoffice_clock::Clock;
use reqwest::{Method, StatusCode};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};

use crate::cli::{
    book,
    program::{self, Serving, fresh_folder},
};

/// No write of the process succeeds from here on, or all do again.
fn limit(serving: &Serving, bytes: Option<u64>) {
    let pid = i32::try_from(serving.pid()).ok().and_then(Pid::from_raw).expect("it is our child");
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: bytes, maximum: None }).expect("it is our child");
}

fn is_refused(answer: &(StatusCode, Value)) -> bool {
    answer.0 == StatusCode::SERVICE_UNAVAILABLE && answer.1["code"] == "unavailable" && answer.1["status"] == 503
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_until_there_is_room() {
    let (data, clock) = (fresh_folder("disk-full"), Clock::system());
    let serving = Serving::start_to_be_limited(&data, &[("BOXOFFICE_LOG", "debug")]).await;
    let token = program::token(&data, "demo", "customer", &[]);
    let operator = program::token(&data, "olga", "operator", &[]);
    let before = book(&serving, &token, "tok_ok").await;
    assert_eq!(before.1["status"], "CONFIRMED", "{}", before.1);
    // One that is under way when it happens: its payment takes a while.
    let under_way = json!({"lines": [{"ticketTypeId": 1, "quantity": 1}], "paymentToken": "tok_silent_then_ok"});
    let client = reqwest::Client::new().post(format!("http://{}/api/v1/bookings", serving.address));
    let under_way: Value =
        client.bearer_auth(&token).json(&under_way).send().await.expect("it runs").json().await.expect("it is JSON");

    limit(&serving, Some(0));
    for round in 0..20 {
        let refused = book(&serving, &token, "tok_ok").await;
        assert!(is_refused(&refused), "round {round}: {} {}", refused.0, refused.1);
        let body = json!({"name": "Full", "email": "full@example.org"});
        let refused = serving.send(Method::PUT, "/api/v1/users/me", &token, &body).await;
        assert!(is_refused(&refused), "round {round}: {} {}", refused.0, refused.1);
        for path in ["/api/v1/events/1", "/api/v1/bookings", "/api/v1/users/me", "/health/live"] {
            let read = serving.get(path, &token).await;
            assert_eq!(read.0, StatusCode::OK, "reads go on: {path} {}", read.1);
        }
        clock.sleep(Duration::from_millis(25)).await;
    }
    let all = serving.get("/api/v1/bookings", &token).await.1;
    assert_eq!(all.as_array().map(Vec::len), Some(2), "what was refused has left nothing: {all}");
    let events = serving.get("/api/v1/events/1", &operator).await.1;

    limit(&serving, None);
    let end = clock.now().plus(program::PATIENCE);
    let after = loop {
        let answer = book(&serving, &token, "tok_ok").await;
        if answer.0 == StatusCode::CREATED {
            break answer.1;
        }
        assert!(is_refused(&answer) && clock.now() < end, "{} {}", answer.0, answer.1);
    };
    assert_eq!(after["status"], "CONFIRMED", "{after}");
    let verified = program::on(&data, &["verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?} after {events}");
    let id = under_way["id"].as_str().expect("it is made");
    let ended = serving.get(&format!("/api/v1/bookings/{id}"), &token).await.1;
    assert_eq!(ended["status"], "CONFIRMED", "what was under way has gone on by itself: {ended}");
}
