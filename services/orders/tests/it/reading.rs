//! Reads: who sees what, filters and pages.

use boxoffice_contracts::Reason;
use serde_json::json;

use crate::api::{OrderResponse as _, TestApi};

#[tokio::test]
async fn an_order_is_read_with_its_history() {
    let api = TestApi::new();
    let id = api.order("ann").await;
    let saga = api.orders.saga_of(id);
    assert!(api.orders.deliver_twice(&saga.released(Reason::Declined)).await);
    let order = api.get(&format!("/api/v1/orders/{id}"), "ann").await;
    assert_eq!(
        (order.status.as_u16(), &order.body["status"], &order.body["reason"]),
        (200, &json!("FAILED"), &json!("declined"))
    );
    assert_eq!(order.header("etag"), Some("\"2\""));
    let at = "2030-01-01T00:00:00Z";
    let history = json!([
        {"number": 1, "status": "CREATED", "at": at, "by": "ann", "note": "placed through orders"},
        {"number": 2, "status": "FAILED", "at": at, "by": "orders", "note": "seats released: declined"},
    ]);
    assert_eq!(order.body["history"], history);
    assert_eq!(api.get(&format!("/api/v1/orders/{id}/history"), "ann").await.body, history);
}

#[tokio::test]
async fn anothers_order_is_none() {
    let api = TestApi::new();
    let id = api.order("ann").await;
    for path in [format!("/api/v1/orders/{id}"), format!("/api/v1/orders/{id}/history")] {
        for (subject, status) in [("ann", 200), ("opal", 200), ("bob", 404), ("nobody", 404)] {
            assert_eq!(api.get(&path, subject).await.status.as_u16(), status, "{path} of {subject}");
        }
    }
    let unknown = api.get("/api/v1/orders/00000000-0000-0000-0000-000000000001", "opal").await;
    assert_eq!(unknown.code(), (404, "not-found"));
    let malformed = api.get("/api/v1/orders/7", "opal").await;
    assert_eq!((malformed.code(), malformed.field()), ((400, "invalid"), "id"));
}

#[tokio::test]
async fn lists_are_ones_own_and_operators_see_everyones() {
    let api = TestApi::new();
    let mut ids = Vec::new();
    for subject in ["ann", "bob", "ann"] {
        ids.push(api.order(subject).await.to_string());
        api.orders.clock.advance(std::time::Duration::from_millis(1));
    }
    assert!(api.orders.deliver_twice(&api.orders.saga_of(ids[2].parse().unwrap()).sold()).await);
    let [first, of_bob, confirmed] = [ids[0].as_str(), &ids[1], &ids[2]];
    for (subject, query, expected) in [
        ("ann", "", vec![confirmed, first]),
        ("bob", "", vec![of_bob]),
        ("nobody", "", vec![]),
        ("opal", "", vec![confirmed, of_bob, first]),
        ("opal", "?userId=7", vec![confirmed, first]),
        ("opal", "?userId=99", vec![]),
        ("ann", "?userId=7", vec![confirmed, first]),
        ("ann", "?status=PENDING", vec![first]),
        ("ann", "?status=CREATED", vec![first]),
        ("opal", "?status=CONFIRMED", vec![confirmed]),
        ("opal", "?status=FAILED", vec![]),
        ("opal", "?sort=createdAt", vec![first, of_bob, confirmed]),
        ("opal", "?sort=-createdAt", vec![confirmed, of_bob, first]),
        ("opal", "?eventId=1", vec![confirmed, of_bob, first]),
        ("ann", "?eventId=1&sort=createdAt", vec![first, confirmed]),
        ("ann", "?eventId=1&status=CONFIRMED", vec![confirmed]),
        ("opal", "?eventId=2", vec![]),
    ] {
        let reply = api.get(&format!("/api/v1/orders{query}"), subject).await;
        assert_eq!((reply.status.as_u16(), reply.each("id")), (200, expected), "{subject} {query}");
        assert!(reply.body.as_array().unwrap().iter().all(|order| order.get("history").is_none()));
    }
}

#[tokio::test]
async fn bad_queries() {
    let api = TestApi::new();
    for (subject, query, refusal, field) in [
        ("ann", "userId=8", (403, "forbidden"), "no field"),
        ("nobody", "userId=8", (403, "forbidden"), "no field"),
        ("ann", "userId=x", (400, "invalid"), "userId"),
        ("ann", "userId=0", (400, "invalid"), "userId"),
        ("ann", "status=created", (400, "invalid"), "status"),
        ("ann", "status=", (400, "invalid"), "status"),
        ("ann", "limit=201", (400, "invalid"), "limit"),
        ("ann", "limit=0", (400, "invalid"), "limit"),
        ("ann", "cursor=x", (400, "invalid"), "cursor"),
        ("nobody", "cursor=x", (400, "invalid"), "cursor"),
        ("ann", "sort=id", (400, "invalid"), "sort"),
    ] {
        let reply = api.get(&format!("/api/v1/orders?{query}"), subject).await;
        assert_eq!((reply.code(), reply.field()), (refusal, field), "{query}: {}", reply.text);
    }
}

#[tokio::test]
async fn pages_follow_each_other() {
    let api = TestApi::new();
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, api.order("ann").await.to_string());
        api.orders.clock.advance(std::time::Duration::from_millis(1));
    }
    for query in ["status=CREATED", "eventId=1", "eventId=1&status=CREATED&userId=7", "sort=createdAt&eventId=1"] {
        let (mut path, mut seen) = (format!("/api/v1/orders?limit=2&{query}"), Vec::new());
        for count in [2, 2, 1] {
            let reply = api.get(&path, "ann").await;
            let page: Vec<_> = reply.each("id").into_iter().map(str::to_owned).collect();
            assert_eq!(page.len(), count, "{query}");
            seen.extend(page);
            let next = reply.header("link").and_then(|link| link.strip_prefix('<')?.strip_suffix(r#">; rel="next""#));
            assert_eq!(next.is_some(), seen.len() < ids.len(), "{query}");
            path = next.unwrap_or_default().to_owned();
        }
        if query.starts_with("sort=createdAt") {
            seen.reverse();
        }
        assert_eq!(seen, ids, "{query}");
    }
}

#[tokio::test]
async fn a_token_with_the_scope_is_needed() {
    let api = TestApi::new();
    let id = api.order("ann").await;
    let one = format!("/api/v1/orders/{id}");
    for (method, path) in
        [("GET", "/api/v1/orders"), ("GET", &one), ("GET", &format!("{one}/history")), ("POST", "/api/v1/orders")]
    {
        let route = format!("{method} {path}");
        let anonymous = api.orders.send(&route, "", crate::api::ONE_TICKET).await;
        assert_eq!(anonymous.code(), (401, "unauthorized"), "{route}");
        let organizer = api.orders.send(&route, &api.orders.token("ann", "organizer"), crate::api::ONE_TICKET).await;
        assert_eq!(organizer.code(), (403, "forbidden"), "{route}");
    }
}
