//! Deletion of users, with and without bookings.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{bookings::*, setting::*};

/// The harness with users 1 to 6, whose subjects are `user1` to `user6`.
async fn six() -> (TestUsers, String) {
    let harness = TestUsers::open().await;
    let operator = harness.token("otto", "operator");
    for n in 1..=6 {
        let body = json!({"name": format!("Person {n}"), "email": format!("p{n}@example.com"), "address": "Street 1",
            "subject": format!("user{n}")});
        assert_eq!(harness.ask("POST /api/v1/users", &operator, &body.to_string()).await.status, 201);
    }
    (harness, operator)
}

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.body["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_deleted_user_is_erased_and_can_register_again() {
    let (harness, operator) = six().await;
    harness.hand.advance(Duration::from_secs(60));
    let own = harness.token("user1", "customer");
    let deleted = harness.ask("DELETE /api/v1/users/me", &own, "").await;
    assert_eq!((deleted.status.as_u16(), &deleted.body), (204, &Value::Null));
    let published = harness.published().await.pop().unwrap();
    assert_eq!((published.user_id.get(), published.deleted, published.subject, published.version), (1, true, None, 2));
    let row = harness.users().await.remove(0);
    assert_eq!((&*row.name, &*row.email, row.address, row.subject, row.email_key), ("", "", None, None, None));
    assert_eq!(row.deleted_at, Some(harness.hand.now()));

    for (what, token, body) in [
        ("DELETE /api/v1/users/me", &own, ""),
        ("DELETE /api/v1/users/1", &own, ""),
        ("DELETE /api/v1/users/1", &operator, ""),
        ("GET /api/v1/users/1", &operator, ""),
        ("GET /api/v1/users/me", &own, ""),
        ("PUT /api/v1/users/1", &operator, r#"{"name": "A", "email": "a@example.com"}"#),
        ("GET /internal/users/1", &operator, ""),
        ("GET /internal/users/by-subject/user1", &operator, ""),
        ("POST /internal/users/1/keep", &operator, r#"{"version": 1}"#),
    ] {
        assert_eq!(code(&harness.ask(what, token, body).await), (404, "not-found"), "{what}");
    }
    let addresses = harness.ask("POST /internal/addresses", &operator, r#"{"ids": [1]}"#).await;
    assert_eq!(addresses.body, json!([]), "a deleted user is no recipient");
    assert_eq!(harness.published().await.len(), 7, "refused requests publish nothing");
    let again = harness.ask("PUT /api/v1/users/me", &own, r#"{"name": "P", "email": "P1@example.com"}"#).await;
    assert_eq!((again.status.as_u16(), &again.body["id"]), (201, &json!(7)));
}

#[tokio::test]
async fn a_user_with_bookings_is_not_deleted() {
    let (harness, operator) = six().await;
    for (id, name) in [(BOOKED, "user2"), (BOOKED_LATE, "user3")] {
        let before = harness.ask(&format!("GET /api/v1/users/{id}"), &operator, "").await.body;
        for (what, token) in [
            ("DELETE /api/v1/users/me".into(), harness.token(name, "customer")),
            (format!("DELETE /api/v1/users/{id}"), operator.clone()),
        ] {
            assert_eq!(code(&harness.ask(&what, &token, "").await), (409, "bookings-exist"), "{what} {id}");
        }
        assert_eq!(harness.ask(&format!("GET /api/v1/users/{id}"), &operator, "").await.body, before);
    }
    // The user for whom bookings began a deletion is published again, as a later version.
    let published: Vec<_> = harness
        .published()
        .await
        .into_iter()
        .skip(6)
        .map(|user| (user.user_id.get(), user.deleted, user.version))
        .collect();
    assert_eq!(published, [(BOOKED_LATE, false, 2), (BOOKED_LATE, false, 3)]);
}

#[tokio::test]
async fn a_deletion_fails_without_bookings_and_can_be_repeated() {
    let (harness, operator) = six().await;
    let refused = harness.ask(&format!("DELETE /api/v1/users/{SILENT}"), &operator, "").await;
    assert_eq!(code(&refused), (503, "unavailable"));
    let restless = harness.ask(&format!("DELETE /api/v1/users/{RESTLESS}"), &operator, "").await;
    assert_eq!((code(&restless), restless.header("retry-after")), ((503, "unavailable"), Some("1")));
    let users = harness.users().await;
    assert!(users.iter().all(|user| user.deleted_at.is_none()));
    assert_eq!(users[4].version, 4, "the deletion started three times");
}

#[tokio::test]
async fn an_aborted_deletion_is_refused() {
    let (harness, operator) = six().await;
    let keep = async |version: i64| {
        harness.ask("POST /internal/users/1/keep", &operator, &json!({"version": version}).to_string()).await
    };
    for (version, kept) in [(1, 2), (1, 2), (2, 3), (1, 3)] {
        let answer = keep(version).await;
        assert_eq!((answer.status.as_u16(), answer.body), (200, json!({"version": kept})), "{version}");
    }
    let late = harness.run(boxoffice_users::commands::DeleteUser { id: 1.into(), version: 1 }).await;
    assert!(late.is_err(), "{late:?}");
    assert_eq!(harness.published().await.len(), 8, "one event for each version");
    assert_eq!(
        code(
            &harness.ask("POST /internal/users/1/keep", &harness.token("user1", "customer"), r#"{"version": 1}"#).await
        )
        .0,
        403
    );
    assert_eq!(
        code(&harness.ask("POST /internal/users/1/keep", &operator, r#"{"version": 0}"#).await),
        (400, "invalid")
    );
}

#[tokio::test]
async fn another_user_cannot_be_deleted() {
    let (harness, operator) = six().await;
    let other = harness.token("user6", "customer");
    assert_eq!(code(&harness.ask("DELETE /api/v1/users/1", &other, "").await), (404, "not-found"));
    assert_eq!(code(&harness.ask("DELETE /api/v1/users/99", &operator, "").await), (404, "not-found"));
    assert_eq!(code(&harness.ask("DELETE /api/v1/users/me", &operator, "").await), (404, "not-found"));
    for (token, status) in
        [("", 401), (&*harness.token("user1", "organizer"), 403), (&*harness.token("user1", ""), 403)]
    {
        for path in ["1", "me"] {
            assert_eq!(harness.ask(&format!("DELETE /api/v1/users/{path}"), token, "").await.status.as_u16(), status);
        }
    }
    assert!(harness.users().await.iter().all(|user| user.deleted_at.is_none()));
}

#[tokio::test]
async fn a_user_with_another_etag_is_not_deleted() {
    let (harness, operator) = six().await;
    for (etag, status) in [("\"2\"", 412), ("W/\"1\"", 412), ("1", 400)] {
        for path in ["1", "me"] {
            let who = if path == "me" { &harness.token("user1", "customer") } else { &operator };
            let refused =
                harness.ask_with(&format!("DELETE /api/v1/users/{path}"), who, &[("if-match", etag)], "").await;
            assert_eq!(refused.status.as_u16(), status, "{path} {etag}");
        }
    }
    assert_eq!(harness.ask_with("DELETE /api/v1/users/1", &operator, &[("if-match", "\"1\"")], "").await.status, 204);
}
