//! Tests of the deletion of users.

use boxoffice_contracts::events::UserSaved;
use boxoffice_testkit::TestService;
use boxoffice_users::store::User;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{bookings::*, harness::*};

/// A service with users 1 to 6, called `user1` and so on, who sign in under these names.
async fn start_with_six_users() -> (TestService, String) {
    let service = start();
    let operator = service.token("otto", "operator");
    for n in 1..=6 {
        let body = json!({"name": format!("Person {n}"), "email": format!("p{n}@example.com"), "address": "Street 1",
            "subject": format!("user{n}")});
        assert_eq!(service.send("POST /api/v1/users", &operator, &body.to_string()).await.status, 201);
    }
    (service, operator)
}

#[tokio::test]
async fn a_deleted_user_is_erased_and_can_register_again() {
    let (service, operator) = start_with_six_users().await;
    service.clock.advance(Duration::from_secs(60));
    let own = service.token("user1", "customer");
    let deleted = service.send("DELETE /api/v1/users/me", &own, "").await;
    assert_eq!((deleted.status.as_u16(), &deleted.body), (204, &Value::Null));
    let published = service.published_events::<UserSaved>().await.pop().unwrap();
    assert_eq!((published.user_id.get(), published.deleted, published.subject, published.version), (1, true, None, 2));
    let row = service.rows::<User>().await.remove(0);
    assert_eq!((&*row.name, &*row.email, row.address, row.subject, row.email_key), ("", "", None, None, None));
    assert_eq!(row.deleted_at, Some(service.clock.now()));

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
        assert_eq!(service.send(what, token, body).await.code(), (404, "not-found"), "{what}");
    }
    let addresses = service.send("POST /internal/addresses", &operator, r#"{"ids": [1]}"#).await;
    assert_eq!(addresses.body, json!([]), "a deleted user has no address");
    assert_eq!(service.published_events::<UserSaved>().await.len(), 7, "a refused request publishes no event");
    let registered = service.send("PUT /api/v1/users/me", &own, r#"{"name": "P", "email": "P1@example.com"}"#).await;
    assert_eq!((registered.status.as_u16(), &registered.body["id"]), (201, &json!(7)));
}

#[tokio::test]
async fn a_user_with_bookings_is_not_deleted() {
    let (service, operator) = start_with_six_users().await;
    for (id, name) in [(BOOKED, "user2"), (BOOKED_LATE, "user3")] {
        let before = service.send(&format!("GET /api/v1/users/{id}"), &operator, "").await.body;
        for (what, token) in [
            ("DELETE /api/v1/users/me".into(), service.token(name, "customer")),
            (format!("DELETE /api/v1/users/{id}"), operator.clone()),
        ] {
            assert_eq!(service.send(&what, &token, "").await.code(), (409, "bookings-exist"), "{what} {id}");
        }
        assert_eq!(service.send(&format!("GET /api/v1/users/{id}"), &operator, "").await.body, before);
    }
    // A user whom bookings has retired is published again with a later version, so that bookings accepts bookings again.
    let published: Vec<_> = service
        .published_events::<UserSaved>()
        .await
        .into_iter()
        .skip(6)
        .map(|user| (user.user_id.get(), user.deleted, user.version))
        .collect();
    assert_eq!(published, [(BOOKED_LATE, false, 2), (BOOKED_LATE, false, 3)]);
}

#[tokio::test]
async fn a_deletion_fails_without_bookings_and_can_be_repeated() {
    let (service, operator) = start_with_six_users().await;
    let refused = service.send(&format!("DELETE /api/v1/users/{FAILING}"), &operator, "").await;
    assert_eq!(refused.code(), (503, "unavailable"));
    let changing = service.send(&format!("DELETE /api/v1/users/{CHANGING}"), &operator, "").await;
    assert_eq!((changing.code(), changing.header("retry-after")), ((503, "unavailable"), Some("1")));
    let users = service.rows::<User>().await;
    assert!(users.iter().all(|user| user.deleted_at.is_none()));
    assert_eq!(users[4].version, 4, "each of the three attempts was overtaken by a save");
}

#[tokio::test]
async fn an_aborted_deletion_cannot_be_completed() {
    let (service, operator) = start_with_six_users().await;
    let keep = async |version: i64| {
        service.send("POST /internal/users/1/keep", &operator, &json!({"version": version}).to_string()).await
    };
    for (version, kept) in [(1, 2), (1, 2), (2, 3), (1, 3)] {
        let answer = keep(version).await;
        assert_eq!((answer.status.as_u16(), answer.body), (200, json!({"version": kept})), "{version}");
    }
    let late = service.run(boxoffice_users::commands::DeleteUser { id: 1.into(), version: 1 }).await;
    assert!(late.is_err(), "{late:?}");
    assert_eq!(service.published_events::<UserSaved>().await.len(), 8, "once for each version");
    assert_eq!(
        service
            .send("POST /internal/users/1/keep", &service.token("user1", "customer"), r#"{"version": 1}"#)
            .await
            .code()
            .0,
        403
    );
    assert_eq!(
        service.send("POST /internal/users/1/keep", &operator, r#"{"version": 0}"#).await.code(),
        (400, "invalid")
    );
}

#[tokio::test]
async fn another_user_cannot_be_deleted() {
    let (service, operator) = start_with_six_users().await;
    let other = service.token("user6", "customer");
    assert_eq!(service.send("DELETE /api/v1/users/1", &other, "").await.code(), (404, "not-found"));
    assert_eq!(service.send("DELETE /api/v1/users/99", &operator, "").await.code(), (404, "not-found"));
    assert_eq!(service.send("DELETE /api/v1/users/me", &operator, "").await.code(), (404, "not-found"));
    for (token, status) in
        [("", 401), (&*service.token("user1", "organizer"), 403), (&*service.token("user1", ""), 403)]
    {
        for path in ["1", "me"] {
            assert_eq!(service.send(&format!("DELETE /api/v1/users/{path}"), token, "").await.status.as_u16(), status);
        }
    }
    assert!(service.rows::<User>().await.iter().all(|user| user.deleted_at.is_none()));
}

#[tokio::test]
async fn a_user_with_another_etag_is_not_deleted() {
    let (service, operator) = start_with_six_users().await;
    for (etag, status) in [("\"2\"", 412), ("W/\"1\"", 412), ("1", 400)] {
        for path in ["1", "me"] {
            let token = if path == "me" { &service.token("user1", "customer") } else { &operator };
            let refused =
                service.send_with(&format!("DELETE /api/v1/users/{path}"), token, &[("if-match", etag)], "").await;
            assert_eq!(refused.status.as_u16(), status, "{path} {etag}");
        }
    }
    assert_eq!(service.send_with("DELETE /api/v1/users/1", &operator, &[("if-match", "\"1\"")], "").await.status, 204);
}
