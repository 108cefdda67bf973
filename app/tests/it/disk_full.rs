//! A full disk during bookings: requests fail with an error, no data is lost or incomplete, and the system recovers.
//!
//! A file size limit stands for a full disk, which would require root privileges: with a limit of 0, every write of the
//! program fails, including those of its log.

use std::time::Duration;

use boxoffice_clock::Clock;
use reqwest::{Method, StatusCode};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};

use crate::cli::{
    book,
    program::{self, Serving, fresh_folder},
};

/// Sets the file size limit of the process; `None` removes it.
fn limit_file_size(serving: &Serving, bytes: Option<u64>) {
    let pid = i32::try_from(serving.pid()).ok().and_then(Pid::from_raw).expect("the process is a child of the test");
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: bytes, maximum: None })
        .expect("the process is a child of the test");
}

fn is_refused(answer: &(StatusCode, Value)) -> bool {
    answer.0 == StatusCode::SERVICE_UNAVAILABLE && answer.1["code"] == "unavailable" && answer.1["status"] == 503
}

#[tokio::test]
async fn writes_are_refused_until_the_disk_has_space() {
    let (data, clock) = (fresh_folder("disk-full"), Clock::system());
    let serving = Serving::start_with_file_size_limit(&data, &[("BOXOFFICE_LOG", "debug")]).await;
    let token = program::token(&data, "demo", "customer", &[]);
    let operator = program::token(&data, "olga", "operator", &[]);
    let before = book(&serving, &token, "tok_ok").await;
    assert_eq!(before.1["status"], "CONFIRMED", "{}", before.1);
    // A booking that is PENDING when the disk fills up, because its payment takes a while.
    let pending = json!({"lines": [{"ticketTypeId": 1, "quantity": 1}], "paymentToken": "tok_silent_then_ok"});
    let client = reqwest::Client::new().post(format!("http://{}/api/v1/bookings", serving.address));
    let pending: Value = client
        .bearer_auth(&token)
        .json(&pending)
        .send()
        .await
        .expect("the program runs")
        .json()
        .await
        .expect("the text is JSON");

    limit_file_size(&serving, Some(0));
    for round in 0..20 {
        let refused = book(&serving, &token, "tok_ok").await;
        assert!(is_refused(&refused), "round {round}: {} {}", refused.0, refused.1);
        let body = json!({"name": "Full", "email": "full@example.org"});
        let refused = serving.send(Method::PUT, "/api/v1/users/me", &token, &body).await;
        assert!(is_refused(&refused), "round {round}: {} {}", refused.0, refused.1);
        for path in ["/api/v1/events/1", "/api/v1/bookings", "/api/v1/users/me", "/health/live"] {
            let read = serving.get(path, &token).await;
            assert_eq!(read.0, StatusCode::OK, "reads still work: {path} {}", read.1);
        }
        clock.sleep(Duration::from_millis(25)).await;
    }
    let all = serving.get("/api/v1/bookings", &token).await.1;
    assert_eq!(all.as_array().map(Vec::len), Some(2), "a refused booking has no effect: {all}");
    let events = serving.get("/api/v1/events/1", &operator).await.1;

    limit_file_size(&serving, None);
    let end = clock.now().plus(program::WAIT_LIMIT);
    let after = loop {
        let answer = book(&serving, &token, "tok_ok").await;
        if answer.0 == StatusCode::CREATED {
            break answer.1;
        }
        assert!(is_refused(&answer) && clock.now() < end, "{} {}", answer.0, answer.1);
    };
    assert_eq!(after["status"], "CONFIRMED", "{after}");
    let verified = program::run_on(&data, &["verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?} after {events}");
    let id = pending["id"].as_str().expect("the booking was created");
    let ended = serving.get(&format!("/api/v1/bookings/{id}"), &token).await.1;
    assert_eq!(ended["status"], "CONFIRMED", "the pending booking settles: {ended}");
}
