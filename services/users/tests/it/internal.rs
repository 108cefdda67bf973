use serde_json::json;

use crate::harness::*;

#[tokio::test]
async fn services_look_up_users_by_subject_or_id_and_read_addresses() {
    let service = start();
    let (bookings, operator) = (service.token("service:bookings", "operator"), service.token("otto", "operator"));
    for body in [
        r#"{"name": "Ada", "email": "Ada@example.com", "subject": "auth0|ada/1 é"}"#,
        r#"{"name": "Bob", "email": "bob@example.com"}"#,
        r#"{"name": "Cyd", "email": "cyd@example.com", "subject": "cyd"}"#,
    ] {
        assert_eq!(service.send("POST /api/v1/users", &operator, body).await.status, 201);
    }
    service.run(EditUser(3, delete)).await.unwrap();
    for (path, status, body) in [
        ("by-subject/auth0%7Cada%2F1%20%C3%A9", 200, json!({"id": 1})),
        ("1", 200, json!({"id": 1, "subject": "auth0|ada/1 é"})),
        ("2", 200, json!({"id": 2, "subject": null})),
    ] {
        let answer = service.send(&format!("GET /internal/users/{path}"), &bookings, "").await;
        assert_eq!((answer.status.as_u16(), answer.body), (status, body), "{path}");
    }
    for path in ["by-subject/cyd", "by-subject/unknown", "3", "4"] {
        let answer = service.send(&format!("GET /internal/users/{path}"), &bookings, "").await;
        assert_eq!((answer.status.as_u16(), &answer.body["code"]), (404, &json!("not-found")), "{path}");
    }
    let addresses = service.send("POST /internal/addresses", &bookings, r#"{"ids": [4, 3, 2, 1, 2]}"#).await;
    assert_eq!(
        addresses.body,
        json!([
            {"id": 1, "name": "Ada", "email": "Ada@example.com"},
            {"id": 2, "name": "Bob", "email": "bob@example.com"},
        ])
    );
    assert_eq!(service.send("POST /internal/addresses", &bookings, r#"{"ids": []}"#).await.body, json!([]));
}

#[tokio::test]
async fn internal_routes_require_the_operator_scope_and_limit_the_number_of_ids() {
    let service = start();
    let (ada, bookings) = (service.token("ada", "customer organizer"), service.token("service:bookings", "operator"));
    let ids = |count: i64| json!({"ids": (1..=count).collect::<Vec<_>>()}).to_string();
    for (what, body) in [
        ("GET /internal/users/by-subject/ada", String::new()),
        ("GET /internal/users/1", String::new()),
        ("POST /internal/addresses", ids(1)),
    ] {
        assert_eq!(service.send(what, &ada, &body).await.status, 403, "{what}");
        assert_eq!(service.send(what, "", &body).await.status, 401, "{what}");
    }
    assert_eq!(service.send("POST /internal/addresses", &bookings, &ids(500)).await.status, 200);
    let refused = service.send("POST /internal/addresses", &bookings, &ids(501)).await;
    assert_eq!((refused.status.as_u16(), &refused.body["errors"][0]["field"]), (400, &json!("ids")));
}
