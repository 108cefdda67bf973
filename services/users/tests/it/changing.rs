//! Tests of `PUT /users/{id}` and of concurrent changes.

use boxoffice_contracts::events::UserSaved;
use boxoffice_users::store::User;
use serde_json::{Value, json};

use crate::harness::*;

#[tokio::test]
async fn a_customer_or_an_operator_replaces_a_profile() {
    let service = start();
    let (ada, operator) = (service.token("ada", "customer"), service.token("otto", "operator"));
    service.run(save("ada", "Ada", "ada@example.com")).await.unwrap();
    service.run(save("bob", "Bob", "bob@example.com")).await.unwrap();
    let put = async |token: &str, body: Value| service.send("PUT /api/v1/users/1", token, &body.to_string()).await;
    let ada_l = json!({"name": " Ada L. ", "email": "ADA@example.com"});
    let changed = put(&ada, ada_l.clone()).await;
    assert_eq!(
        (changed.status.as_u16(), &changed.body["name"], &changed.body["address"]),
        (200, &json!("Ada L."), &Value::Null)
    );
    assert_eq!((&changed.body["subject"], changed.header("etag")), (&json!("ada"), Some("\"2\"")));
    assert_eq!(service.send("GET /api/v1/users/1", &ada, "").await.body, changed.body);
    for (token, body, expected) in [
        (&ada, json!({"name": "A", "email": "BOB@example.com"}), (409, "email-taken")),
        (&ada, json!({"name": "A", "email": "a@example.com", "subject": "bob"}), (403, "forbidden")),
        (&ada, json!({"name": "A", "email": "nowhere"}), (400, "invalid")),
        (&operator, json!({"name": "A", "email": "a@example.com", "subject": "bob"}), (409, "subject-taken")),
        (&operator, json!({"name": "A", "email": "a@example.com", "subject": ""}), (400, "invalid")),
        (&service.token("bob", "customer"), ada_l.clone(), (404, "not-found")),
        (
            &service.token("bob", "customer"),
            json!({"name": "A", "email": "a@example.com", "subject": "ada"}),
            (404, "not-found"),
        ),
        (&service.token("ada", "organizer"), ada_l.clone(), (403, "forbidden")),
    ] {
        assert_eq!(put(token, body.clone()).await.code(), expected, "{body}");
    }
    assert_eq!(service.published_events::<UserSaved>().await.len(), 3, "a refused request publishes no event");
    let moved = put(&operator, json!({"name": "Ada", "email": "ada@example.com", "subject": "lovelace"})).await;
    assert_eq!((moved.status.as_u16(), &moved.body["subject"]), (200, &json!("lovelace")));
    assert_eq!(
        service.send("GET /api/v1/users/1", &ada, "").await.status,
        404,
        "the subject belongs to another token now"
    );
    let kept = put(&operator, json!({"name": "Ada", "email": "ada@example.com"})).await;
    assert_eq!(kept.body["subject"], "lovelace", "an omitted subject is unchanged");
    let own = put(
        &service.token("lovelace", "customer"),
        json!({"name": "A", "email": "a@example.com", "subject": "lovelace"}),
    )
    .await;
    assert_eq!(own.status, 200);
}

#[tokio::test]
async fn the_first_of_equal_addresses_in_one_batch_wins() {
    let service = start();
    for name in ["ada", "bob", "cyd"] {
        service.run(save(name, name, &format!("{name}@example.com"))).await.unwrap();
    }
    let change = |id: i64, subject: Option<&str>| boxoffice_users::commands::ChangeUser {
        id: id.into(),
        owner: None,
        subject: subject.map(str::to_owned),
        profile: profile("X", if subject.is_some() { "x@example.com" } else { "same@example.com" }),
    };
    let outcomes = service.run_in_one_batch([change(1, None), change(2, None), change(3, None)]).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let outcomes = service.run_in_one_batch([change(2, Some("z")), change(3, Some("z"))]).await;
    assert!(
        outcomes[0].is_ok() && outcomes[1].is_err(),
        "{:?}",
        outcomes.iter().map(Result::is_ok).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn one_of_two_changes_of_the_same_version_wins() {
    let service = start();
    let (ada, operator) = (service.token("ada", "customer"), service.token("otto", "operator"));
    let body = r#"{"name": "Ada", "email": "ada@example.com"}"#;
    let missing = service.send_with("PUT /api/v1/users/me", &ada, &[("if-match", "*")], body).await;
    assert_eq!(missing.code(), (412, "precondition-failed"), "the profile does not exist yet");
    let created = service.send("PUT /api/v1/users/me", &ada, body).await;
    assert_eq!((created.status.as_u16(), created.header("etag")), (201, Some("\"1\"")));
    for (what, token) in [("PUT /api/v1/users/1", &operator), ("PUT /api/v1/users/me", &ada)] {
        let (method, path) = what.split_once(' ').unwrap();
        let read = service.send(&format!("GET {path}"), token, "").await;
        let seen = read.header("etag").unwrap();
        let first = service.send_with(&format!("{method} {path}"), token, &[("if-match", seen)], body).await;
        assert_eq!(first.status, 200, "{what}");
        let second = service.send_with(what, token, &[("if-match", seen)], body).await;
        assert_eq!(second.code(), (412, "precondition-failed"), "{what}");
        assert_eq!(service.send_with(what, token, &[("if-match", "*")], body).await.status, 200, "{what}");
        assert_eq!(service.send_with(what, token, &[("if-match", "1")], body).await.code(), (400, "invalid"), "{what}");
    }
}

#[tokio::test]
async fn operators_list_users_in_the_requested_order() {
    let service = start();
    let operator = service.token("otto", "operator");
    for name in ["cyd", "ada", "bob", "ada"] {
        let n = service.rows::<User>().await.len();
        service.run(create(None, name, &format!("{n}@example.com"))).await.unwrap();
        service.clock.advance(std::time::Duration::from_secs(1));
    }
    for (sort, expected) in [
        ("id", [1, 2, 3, 4]),
        ("-id", [4, 3, 2, 1]),
        ("name", [2, 4, 3, 1]),
        ("-name", [1, 3, 4, 2]),
        ("createdAt", [1, 2, 3, 4]),
        ("-createdAt", [4, 3, 2, 1]),
    ] {
        let (mut seen, mut next) = (Vec::new(), Some(format!("/api/v1/users?limit=3&sort={sort}")));
        while let Some(path) = next {
            let page = service.send(&format!("GET {path}"), &operator, "").await;
            seen.extend(page.body.as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap()));
            next = page.header("link").map(|link| link.split(['<', '>']).nth(1).unwrap().to_owned());
        }
        assert_eq!(seen, expected, "{sort}");
    }
    assert_eq!(service.send("GET /api/v1/users?sort=email", &operator, "").await.code(), (400, "invalid"));
}
