use boxoffice_outbox::OutboxMessage;
use boxoffice_users::store::User;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::*;

const ADA: &str = r#"{"name": "Ada", "email": "ada@example.com"}"#;

#[tokio::test]
async fn a_customer_creates_reads_and_replaces_the_own_profile() {
    let service = start();
    let ada = service.token("ada", "customer");
    let missing = service.send("GET /api/v1/users/me", &ada, "").await;
    assert_eq!((missing.status.as_u16(), &missing.body["code"]), (404, &json!("not-found")));

    let body =
        r#"{"name": " Ada Lovelace ", "email": " Ada@Example.com ", "address": " 12 St James's Square\nLondon "}"#;
    let created = service.send("PUT /api/v1/users/me", &ada, body).await;
    assert_eq!((created.status.as_u16(), created.header("location")), (201, Some("/api/v1/users/me")));
    let at = "2030-01-01T00:00:00Z";
    let profile = json!({
        "id": 1, "subject": "ada", "name": "Ada Lovelace", "email": "Ada@Example.com",
        "address": "12 St James's Square\nLondon", "createdAt": at, "updatedAt": at,
    });
    assert_eq!(created.body, profile);
    assert_eq!(service.send("GET /api/v1/users/me", &ada, "").await.body, profile);
    assert_eq!(service.send("GET /api/v1/users/1", &ada, "").await.body, profile);

    service.clock.advance(Duration::from_secs(60));
    let replaced = service.send("PUT /api/v1/users/me", &ada, r#"{"name": "Ada", "email": "ada@example.com"}"#).await;
    assert_eq!(replaced.status, 200);
    assert_eq!(
        replaced.body,
        json!({
            "id": 1, "subject": "ada", "name": "Ada", "email": "ada@example.com", "address": null,
            "createdAt": at, "updatedAt": "2030-01-01T00:01:00Z",
        })
    );
}

#[tokio::test]
async fn customers_create_their_own_user_and_operators_any_user() {
    let service = start();
    let (ada, operator) = (service.token("ada", "customer"), service.token("otto", "operator"));
    let created = service.send("POST /api/v1/users", &ada, ADA).await;
    assert_eq!((created.status.as_u16(), created.header("location")), (201, Some("/api/v1/users/1")));
    assert_eq!((&created.body["subject"], &created.body["address"]), (&json!("ada"), &Value::Null));

    for (token, body, status, subject) in [
        (&operator, r#"{"name": "John", "email": "john@example.com"}"#, 201, json!(null)),
        (&operator, r#"{"name": "Bob", "email": "bob@example.com", "subject": "bob"}"#, 201, json!("bob")),
        (&operator, r#"{"name": "N", "email": "n@example.com", "subject": null, "address": ""}"#, 201, json!(null)),
        (
            &service.token("cyd", "customer"),
            r#"{"name": "C", "email": "c@example.com", "subject": "cyd"}"#,
            201,
            json!("cyd"),
        ),
    ] {
        let created = service.send("POST /api/v1/users", token, body).await;
        assert_eq!((created.status.as_u16(), &created.body["subject"]), (status, &subject), "{body}");
    }
    for (token, body, status, code) in [
        (&ada, ADA, 409, "subject-taken"),
        (&service.token("eve", "customer"), r#"{"name": "E", "email": "ADA@example.com"}"#, 409, "email-taken"),
        (
            &service.token("eve", "customer"),
            r#"{"name": "E", "email": "e@example.com", "subject": "ada"}"#,
            403,
            "forbidden",
        ),
        (&operator, r#"{"name": "E", "email": "e@example.com", "subject": "bob"}"#, 409, "subject-taken"),
        (&operator, r#"{"name": "E", "email": "john@EXAMPLE.com"}"#, 409, "email-taken"),
        (&service.token("eve", "organizer"), r#"{"name": "E", "email": "e@example.com"}"#, 403, "forbidden"),
        (&service.token("eve", ""), r#"{"name": "E", "email": "e@example.com"}"#, 403, "forbidden"),
        (&String::new(), r#"{"name": "E", "email": "e@example.com"}"#, 401, "unauthorized"),
    ] {
        let refused = service.send("POST /api/v1/users", token, body).await;
        assert_eq!((refused.status.as_u16(), &refused.body["code"]), (status, &json!(code)), "{body}");
    }
    assert_eq!(service.rows::<User>().await.len(), 5);
}

#[tokio::test]
async fn invalid_input_is_refused_by_field_and_changes_nothing() {
    let service = start();
    let (ada, operator) = (service.token("ada", "customer"), service.token("otto", "operator"));
    let name = |length: usize| format!(r#"{{"name": "{}", "email": "a@example.com"}}"#, "ä".repeat(length));
    let email = |length: usize| {
        let host = vec!["h".repeat(60); 4].join(".");
        format!(r#"{{"name": "A", "email": "{}@{host}"}}"#, "a".repeat(length - host.len() - 1))
    };
    let address =
        |length: usize| format!(r#"{{"name": "A", "email": "b@example.com", "address": "{}"}}"#, "x".repeat(length));
    for (body, field, code) in [
        (r#"{"email": "a@example.com"}"#.to_owned(), "name", "required"),
        (r#"{"name": "A"}"#.to_owned(), "email", "required"),
        (r#"{"name": null, "email": "a@example.com"}"#.to_owned(), "name", "type"),
        (r#"{"name": "  ", "email": "a@example.com"}"#.to_owned(), "name", "length"),
        (name(201), "name", "length"),
        (r#"{"name": "A\nBcc: all", "email": "a@example.com"}"#.to_owned(), "name", "format"),
        (r#"{"name": "A\u0000", "email": "a@example.com"}"#.to_owned(), "name", "format"),
        (r#"{"name": "A", "email": "a.example.com"}"#.to_owned(), "email", "format"),
        (r#"{"name": "A", "email": "a@"}"#.to_owned(), "email", "format"),
        (r#"{"name": "A", "email": "a b@example.com"}"#.to_owned(), "email", "format"),
        (r#"{"name": "A", "email": "a@example.com\r\nBcc: b@example.com"}"#.to_owned(), "email", "format"),
        (r#"{"name": "A", "email": "Ada <a@example.com>"}"#.to_owned(), "email", "format"),
        (r#"{"name": "A", "email": 7}"#.to_owned(), "email", "type"),
        (email(255), "email", "length"),
        (address(1001), "address", "length"),
        (r#"{"name": "A", "email": "a@example.com", "address": 7}"#.to_owned(), "address", "type"),
        (r#"{"name": "A", "email": "a@example.com", "role": "admin"}"#.to_owned(), "role", "unknown"),
        (r#"{"name": "A", "name": "B", "email": "a@example.com"}"#.to_owned(), "name", "format"),
    ] {
        for what in ["POST /api/v1/users", "PUT /api/v1/users/me"] {
            let refused = service.send(what, &ada, &body).await;
            assert_eq!((refused.status.as_u16(), &refused.body["code"]), (400, &json!("invalid")), "{what} {body}");
            let error = &refused.body["errors"][0];
            assert_eq!((&error["field"], &error["code"]), (&json!(field), &json!(code)), "{what} {body}");
        }
    }
    for (what, body, field) in [
        ("POST /api/v1/users", r#"{"name": "A", "email": "a@example.com", "subject": ""}"#.to_owned(), "subject"),
        (
            "POST /api/v1/users",
            format!(r#"{{"name": "A", "email": "a@example.com", "subject": "{}"}}"#, "s".repeat(256)),
            "subject",
        ),
        ("PUT /api/v1/users/me", r#"{"name": "A", "email": "a@example.com", "subject": "otto"}"#.to_owned(), "subject"),
        ("GET /api/v1/users?limit=0", String::new(), "limit"),
        ("GET /api/v1/users?name=ada", String::new(), "name"),
        ("GET /api/v1/users?cursor=!", String::new(), "cursor"),
        ("GET /api/v1/users/seven", String::new(), "id"),
        ("GET /api/v1/users/0", String::new(), "id"),
    ] {
        let refused = service.send(what, &operator, &body).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.body["errors"][0]["field"]),
            (400, &json!(field)),
            "{what} {body}"
        );
    }
    assert!(service.rows::<User>().await.is_empty() && service.rows::<OutboxMessage>().await.is_empty());
    for body in [name(200), email(254), address(1000)] {
        assert_eq!(service.send("POST /api/v1/users", &operator, &body).await.status, 201, "{body}");
    }
}

#[tokio::test]
async fn another_user_is_visible_to_operators_only() {
    let service = start();
    let (ada, bob, operator) =
        (service.token("ada", "customer"), service.token("bob", "customer"), service.token("otto", "operator"));
    service.send("PUT /api/v1/users/me", &ada, ADA).await;
    for (token, path, status) in [
        (&ada, "/api/v1/users/1", 200),
        (&bob, "/api/v1/users/1", 404),
        (&operator, "/api/v1/users/1", 200),
        (&operator, "/api/v1/users/2", 404),
        (&operator, "/api/v1/users/me", 404),
        (&ada, "/api/v1/users", 403),
        (&operator, "/api/v1/users", 200),
        (&String::new(), "/api/v1/users/1", 401),
        (&String::new(), "/api/v1/users/me", 401),
        (&String::new(), "/api/v1/users", 401),
    ] {
        assert_eq!(service.send(&format!("GET {path}"), token, "").await.status.as_u16(), status, "{path}");
    }
    service.run(EditUser(1, delete)).await.unwrap();
    assert_eq!(service.send("GET /api/v1/users/1", &operator, "").await.status, 404);
    assert_eq!(service.send("GET /api/v1/users", &operator, "").await.body, json!([]));
}

#[tokio::test]
async fn operators_page_through_all_users() {
    let service = start();
    let operator = service.token("otto", "operator");
    for n in 1..=5 {
        let body = json!({"name": format!("User {n}"), "email": format!("u{n}@example.com")}).to_string();
        assert_eq!(service.send("POST /api/v1/users", &operator, &body).await.status, 201);
    }
    let (mut seen, mut next) = (Vec::new(), Some("/api/v1/users?limit=2".to_owned()));
    while let Some(path) = next {
        let page = service.send(&format!("GET {path}"), &operator, "").await;
        seen.push(page.body.as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap()).collect::<Vec<_>>());
        let link = page.header("link").map(|link| link.strip_suffix(r#">; rel="next""#).unwrap());
        next = link.map(|link| link.strip_prefix('<').unwrap().to_owned());
    }
    assert_eq!(seen, [vec![1, 2], vec![3, 4], vec![5]]);
}

#[tokio::test]
async fn a_repeated_request_has_one_effect() {
    let service = start();
    let (ada, operator) = (service.token("ada", "customer"), service.token("otto", "operator"));
    let key = [("idempotency-key", "k1")];
    let first = service.send_with("POST /api/v1/users", &operator, &key, ADA).await;
    assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (201, None));
    let spaced = r#"{ "email":"ada@example.com",   "name":"Ada" }"#;
    let repeated = service.send_with("POST /api/v1/users", &operator, &key, spaced).await;
    assert_eq!((repeated.status.as_u16(), repeated.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!((repeated.header("location"), &repeated.body), (first.header("location"), &first.body));
    let other = r#"{"name": "Bob", "email": "bob@example.com"}"#;
    let reused = service.send_with("POST /api/v1/users", &operator, &key, other).await;
    assert_eq!((reused.status.as_u16(), &reused.body["code"]), (422, &json!("key-reused")));
    let of_another = service.send_with("POST /api/v1/users", &ada, &key, other).await;
    assert_eq!((of_another.status.as_u16(), &of_another.body["id"]), (201, &json!(2)), "a key is scoped to its caller");
    let malformed = service.send_with("POST /api/v1/users", &ada, &[("idempotency-key", "")], other).await;
    assert_eq!(malformed.status, 400);
    assert_eq!(service.rows::<User>().await.len(), 2);
}

#[tokio::test]
async fn every_public_route_and_no_other_is_documented() {
    let service = start();
    let document = serde_json::to_value(&service.api).unwrap();
    let mut routes = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["summary"].is_string() && operation["description"].is_string(), "{method} {path}");
            assert!(operation["security"].is_array(), "{method} {path}");
            routes.push(format!("{method} {path}"));
        }
    }
    routes.sort();
    assert_eq!(
        routes,
        [
            "delete /api/v1/users/me",
            "delete /api/v1/users/{id}",
            "get /api/v1/users",
            "get /api/v1/users/me",
            "get /api/v1/users/{id}",
            "post /api/v1/users",
            "put /api/v1/users/me",
            "put /api/v1/users/{id}",
        ]
    );
}
