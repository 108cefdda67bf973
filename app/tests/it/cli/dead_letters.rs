//! Dead letters on the command line, on a running and on a stopped system.

use std::{path::Path, time::Duration};

use boxoffice_clock::Clock;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    book,
    program::{self, Serving, fresh_folder},
};

/// Settings with which a notification becomes a dead letter after its second failed attempt, within milliseconds.
pub const SETTINGS: &[(&str, &str)] =
    &[("BOXOFFICE_NOTIFICATIONS_MAX_ATTEMPTS", "2"), ("BOXOFFICE_NOTIFICATIONS_FIRST_RETRY_DELAY", "10ms")];

/// Creates a customer to whom no e-mail can be sent, because sending to `fail.test` always fails. Returns a token.
pub async fn create_unreachable_customer(serving: &Serving, data: &Path) -> String {
    let token = program::token(data, "practice", "customer", &[]);
    let profile = json!({"name": "Practice", "email": "practice@fail.test"});
    let created = serving.send(Method::PUT, "/api/v1/users/me", &token, &profile).await;
    assert_eq!(created.0, StatusCode::CREATED, "{}", created.1);
    token
}

/// Waits until `dead-letters list` prints `count` dead letters, and returns their ids.
pub async fn wait_for_dead_letters(data: &Path, count: usize) -> Vec<String> {
    let clock = Clock::system();
    let end = clock.now().plus(program::WAIT_LIMIT);
    loop {
        let listed = program::run_on(data, &["dead-letters", "list"]);
        assert_eq!(listed.code, Some(0), "{listed:?}");
        let lines: Vec<_> = listed.out.lines().filter(|line| line.contains("attempts")).collect();
        if lines.len() == count {
            return lines.iter().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
        }
        assert!(clock.now() < end, "expected {count} dead letters:\n{}", listed.out);
        clock.sleep(Duration::from_millis(50)).await;
    }
}

/// Expects errors for ids that are malformed or do not exist, on a running or a stopped system.
fn expect_refusals(data: &Path) {
    for (id, reason) in [
        ("orders/payments/4711", "dead letter"),
        // Dead letters that a service creates itself have negative positions.
        ("notifications/notifications/-4711", "dead letter"),
        ("unknown/payments/1", "SERVICE/SOURCE/POSITION"),
        ("1", "SERVICE/SOURCE/POSITION"),
    ] {
        for command in ["show", "replay"] {
            let refused = program::run_on(data, &["dead-letters", command, "--", id]);
            assert!(refused.code == Some(1) && refused.err.contains(reason), "{command} {id}: {refused:?}");
        }
    }
}

/// Expects that every invariant holds and that the audit raises an alarm about dead letters.
fn expect_alarm(data: &Path) {
    let verified = program::run_on(data, &["verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    let alarm = verified.out.lines().find(|line| line.starts_with("ALARM"));
    assert!(alarm.is_some_and(|alarm| alarm.contains("dead-letters")), "{}", verified.out);
    assert!(verified.out.lines().any(|line| line.starts_with("I1 ")), "{}", verified.out);
}

#[tokio::test]
async fn a_notification_that_cannot_be_sent_becomes_a_dead_letter() {
    let data = fresh_folder("cli-dead-letters");
    let mut serving = Serving::start(&data, &[], SETTINGS).await;
    let fresh = program::run_on(&data, &["verify"]);
    assert_eq!(fresh.code, Some(0), "{fresh:?}");
    assert!(fresh.out.contains("nothing to check") && !fresh.out.contains("ALARM"), "{}", fresh.out);
    assert_eq!(program::run_on(&data, &["dead-letters", "list"]).out, "No dead letters.\n");

    let token = create_unreachable_customer(&serving, &data).await;
    let placed = book(&serving, &token, "tok_ok").await;
    assert_eq!(placed.0, StatusCode::CREATED, "{}", placed.1);
    let first = wait_for_dead_letters(&data, 1).await.remove(0);
    expect_alarm(&data);
    expect_refusals(&data);
    let output = program::run_on(&data, &["dead-letters", "show", &first]);
    let dead_letter: Value = serde_json::from_str(&output.out).expect("a dead letter is JSON");
    assert_eq!((&dead_letter["id"], &dead_letter["key"]), (&json!(first), &placed.1["id"]), "{dead_letter}");
    assert!(!output.out.contains("practice@"), "{}", output.out);
    let replayed = program::run_on(&data, &["dead-letters", "replay", &first]);
    assert!(replayed.code == Some(0) && replayed.out.contains("is being delivered again"), "{replayed:?}");
    let second = wait_for_dead_letters(&data, 1).await.remove(0);

    assert_eq!(serving.terminate(), Some(0), "{}", serving.err());
    assert_eq!(wait_for_dead_letters(&data, 1).await, [second.as_str()]);
    expect_alarm(&data);
    expect_refusals(&data);
    assert_eq!(program::run_on(&data, &["dead-letters", "show", &second]).code, Some(0));
    let replayed = program::run_on(&data, &["dead-letters", "replay", &second]);
    assert!(replayed.code == Some(0) && replayed.out.contains("at the next start"), "{replayed:?}");
    assert_eq!(program::run_on(&data, &["dead-letters", "list"]).out, "No dead letters.\n");
    let waiting = program::run_on(&data, &["verify"]);
    assert_eq!(waiting.code, Some(2), "the replayed message has not been delivered: {waiting:?}");

    let _again = Serving::start(&data, &[], SETTINGS).await;
    wait_for_dead_letters(&data, 1).await;
}
