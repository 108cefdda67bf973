//! Users are deleted, and stay where something is booked for them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{bookings::*, setting::*};

/// A shop with users 1 to 6, called `user1` and so on, who sign in under these names.
async fn six() -> (Shop, String) {
    let shop = Shop::open().await;
    let operator = shop.token("otto", "operator");
    for n in 1..=6 {
        let body = json!({"name": format!("Person {n}"), "email": format!("p{n}@example.com"), "address": "Street 1",
            "subject": format!("user{n}")});
        assert_eq!(shop.ask("POST /api/v1/users", &operator, &body.to_string()).await.status, 201);
    }
    (shop, operator)
}

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.body["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_deleted_user_is_gone_erased_and_free_to_come_again() {
    let (shop, operator) = six().await;
    shop.hand.advance(Duration::from_secs(60));
    let own = shop.token("user1", "customer");
    let deleted = shop.ask("DELETE /api/v1/users/me", &own, "").await;
    assert_eq!((deleted.status.as_u16(), &deleted.body), (204, &Value::Null));
    let said = shop.said().await.pop().unwrap();
    assert_eq!((said.user_id.get(), said.deleted, said.subject, said.version), (1, true, None, 2));
    let row = shop.users().await.remove(0);
    assert_eq!((&*row.name, &*row.email, row.address, row.subject, row.email_key), ("", "", None, None, None));
    assert_eq!(row.deleted_at, Some(shop.hand.now()));

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
        assert_eq!(code(&shop.ask(what, token, body).await), (404, "not-found"), "{what}");
    }
    let addresses = shop.ask("POST /internal/addresses", &operator, r#"{"ids": [1]}"#).await;
    assert_eq!(addresses.body, json!([]), "nobody is written to");
    assert_eq!(shop.said().await.len(), 7, "what changes nothing says nothing");
    let again = shop.ask("PUT /api/v1/users/me", &own, r#"{"name": "P", "email": "P1@example.com"}"#).await;
    assert_eq!((again.status.as_u16(), &again.body["id"]), (201, &json!(7)));
}

#[tokio::test]
async fn whoever_has_bookings_stays_as_they_are() {
    let (shop, operator) = six().await;
    for (id, name) in [(BOOKED, "user2"), (BOOKED_LATE, "user3")] {
        let before = shop.ask(&format!("GET /api/v1/users/{id}"), &operator, "").await.body;
        for (what, token) in [
            ("DELETE /api/v1/users/me".into(), shop.token(name, "customer")),
            (format!("DELETE /api/v1/users/{id}"), operator.clone()),
        ] {
            assert_eq!(code(&shop.ask(&what, &token, "").await), (409, "bookings-exist"), "{what} {id}");
        }
        assert_eq!(shop.ask(&format!("GET /api/v1/users/{id}"), &operator, "").await.body, before);
    }
    // Whom bookings took for about to be deleted is said to be there, as a later version.
    let said: Vec<_> =
        shop.said().await.into_iter().skip(6).map(|user| (user.user_id.get(), user.deleted, user.version)).collect();
    assert_eq!(said, [(BOOKED_LATE, false, 2), (BOOKED_LATE, false, 3)]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_done_and_can_be_repeated() {
    let (shop, operator) = six().await;
    let refused = shop.ask(&format!("DELETE /api/v1/users/{SILENT}"), &operator, "").await;
    assert_eq!(code(&refused), (503, "unavailable"));
    let restless = shop.ask(&format!("DELETE /api/v1/users/{RESTLESS}"), &operator, "").await;
    assert_eq!((code(&restless), restless.header("retry-after")), ((503, "unavailable"), Some("1")));
    let users = shop.users().await;
    assert!(users.iter().all(|user| user.deleted_at.is_none()));
    assert_eq!(users[4].version, 4, "it was begun three times");
}

#[tokio::test]
async fn a_deletion_that_was_begun_is_refused_once_the_user_is_kept() {
    let (shop, operator) = six().await;
    let keep = async |version: i64| {
        shop.ask("POST /internal/users/1/keep", &operator, &json!({"version": version}).to_string()).await
    };
    for (version, kept) in [(1, 2), (1, 2), (2, 3), (1, 3)] {
        let answer = keep(version).await;
        assert_eq!((answer.status.as_u16(), answer.body), (200, json!({"version": kept})), "{version}");
    }
    let late = shop.run(boxoffice_users::commands::DeleteUser { id: 1.into(), version: 1 }).await;
    assert!(late.is_err(), "{late:?}");
    assert_eq!(shop.said().await.len(), 8, "once for each version");
    assert_eq!(
        code(&shop.ask("POST /internal/users/1/keep", &shop.token("user1", "customer"), r#"{"version": 1}"#).await).0,
        403
    );
    assert_eq!(code(&shop.ask("POST /internal/users/1/keep", &operator, r#"{"version": 0}"#).await), (400, "invalid"));
}

#[tokio::test]
async fn another_user_is_not_there_to_be_deleted() {
    let (shop, operator) = six().await;
    let other = shop.token("user6", "customer");
    assert_eq!(code(&shop.ask("DELETE /api/v1/users/1", &other, "").await), (404, "not-found"));
    assert_eq!(code(&shop.ask("DELETE /api/v1/users/99", &operator, "").await), (404, "not-found"));
    assert_eq!(code(&shop.ask("DELETE /api/v1/users/me", &operator, "").await), (404, "not-found"));
    for (token, status) in [("", 401), (&*shop.token("user1", "organizer"), 403), (&*shop.token("user1", ""), 403)] {
        for path in ["1", "me"] {
            assert_eq!(shop.ask(&format!("DELETE /api/v1/users/{path}"), token, "").await.status.as_u16(), status);
        }
    }
    assert!(shop.users().await.iter().all(|user| user.deleted_at.is_none()));
}

#[tokio::test]
async fn a_user_who_has_changed_since_is_not_deleted() {
    let (shop, operator) = six().await;
    for (etag, status) in [("\"2\"", 412), ("W/\"1\"", 412), ("1", 400)] {
        for path in ["1", "me"] {
            let who = if path == "me" { &shop.token("user1", "customer") } else { &operator };
            let refused = shop.ask_with(&format!("DELETE /api/v1/users/{path}"), who, &[("if-match", etag)], "").await;
            assert_eq!(refused.status.as_u16(), status, "{path} {etag}");
        }
    }
    assert_eq!(shop.ask_with("DELETE /api/v1/users/1", &operator, &[("if-match", "\"1\"")], "").await.status, 204);
}
