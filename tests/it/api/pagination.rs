//! Pagination: every item appears once, in order, up to the last page.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    fixture::{BOB, Fixture, OTTO, assert_none, id, line},
    openapi::Document,
};
use crate::{
    journeys::ANN,
    system::{System, TestResponse},
};

/// The URL of the next page in the header `Link`; `None` on the last page.
fn next(answer: &TestResponse) -> Option<String> {
    let link = answer.headers.get("link")?.to_str().unwrap();
    Some(link.strip_prefix('<').unwrap().strip_suffix(r#">; rel="next""#).unwrap().to_owned())
}

/// The items of all pages. Every page but the last has `limit` items.
async fn all_items(system: &System, who: (&str, &str), path: &str, limit: usize) -> Vec<Value> {
    let (mut all, mut path) = (Vec::new(), Some(path.to_owned()));
    while let Some(page_path) = path {
        let page = system.get(who, &page_path).await;
        assert_eq!(page.status, 200, "{page_path}: {}", page.body);
        path = next(&page);
        let items = page.body.as_array().unwrap();
        assert!(items.len() == limit || path.is_none() && items.len() <= limit, "{page_path}: {} items", items.len());
        all.extend(items.iter().cloned());
    }
    all
}

#[tokio::test]
async fn every_item_is_on_exactly_one_page() {
    let mut fixture = Fixture::open().await;
    let mut placed = vec![fixture.booking.clone()];
    for n in 0..49 {
        // Bookings of another user do not appear on the pages.
        fixture.system.send_until_done(BOB, Method::POST, "/api/v1/bookings", json!({"lines": [line(2, 1)]})).await;
        let body = json!({"lines": [line(1 + n % 2, 1)]});
        placed.push(id(&fixture.system.send_until_done(ANN, Method::POST, "/api/v1/bookings", body).await.body));
    }
    fixture.system.settle().await;
    placed.reverse();
    for list in ["bookings", "orders", "notifications"] {
        let system = &fixture.system;
        let all = all_items(system, ANN, &format!("/api/v1/{list}?limit=7"), 7).await;
        let named = if list == "notifications" { "bookingId" } else { "id" };
        let ids: Vec<_> = all.iter().map(|item| item[named].as_str().unwrap().to_owned()).collect();
        let unique: BTreeSet<_> = ids.iter().collect();
        assert_eq!((ids.len(), unique.len()), (50, 50), "{list}");
        if list != "notifications" {
            assert_eq!(ids, placed, "{list}: newest first");
        }
        let times: Vec<_> = all.iter().map(|item| item["createdAt"].as_str().unwrap()).collect();
        assert!(times.is_sorted_by(|newer, older| newer >= older), "{list}: newest first: {times:?}");
        let everyones = all_items(system, OTTO, &format!("/api/v1/{list}?limit=7"), 7).await;
        assert_eq!(everyones.len(), 99, "{list}");
        let anns = all_items(system, OTTO, &format!("/api/v1/{list}?userId=1&limit=10"), 10).await;
        assert_eq!(anns, all_items(system, ANN, &format!("/api/v1/{list}?limit=50"), 50).await, "{list}");
        assert_eq!(system.get(ANN, &format!("/api/v1/{list}")).await.body.as_array().unwrap().len(), 50, "the default");
    }
    let of_event = all_items(&fixture.system, OTTO, "/api/v1/events/1/bookings?limit=20&status=CONFIRMED", 20).await;
    assert_eq!(of_event.len(), 99);
    let none = all_items(&fixture.system, OTTO, "/api/v1/bookings?eventId=1&status=FAILED", 50).await;
    assert_eq!(none.len(), 0);
}

/// An item that is added between two requests does not move the items of the next page.
#[tokio::test]
async fn a_page_is_stable_while_items_are_added() {
    let mut fixture = Fixture::open().await;
    let hold = json!({"lines": [line(2, 1)]});
    for _ in 0..5 {
        fixture.system.send_until_done(ANN, Method::POST, "/api/v1/holds", hold.clone()).await;
    }
    let before = all_items(&fixture.system, ANN, "/api/v1/holds?limit=2", 2).await;
    let first = fixture.system.get(ANN, "/api/v1/holds?limit=2").await;
    fixture.system.send_until_done(ANN, Method::POST, "/api/v1/holds", hold).await;
    let second = fixture.system.get(ANN, &next(&first).unwrap()).await;
    assert_eq!(second.body.as_array().unwrap()[..], before[2..4]);
}

#[tokio::test]
async fn catalogue_lists_are_ordered_by_id() {
    let mut fixture = Fixture::open().await;
    for n in 0..5 {
        let owner = (&*format!("owner-{n}"), "organizer");
        fixture
            .system
            .send_until_done(owner, Method::POST, "/api/v1/organizers", json!({"name": format!("Organizer {n}")}))
            .await;
        let venue = json!({"name": format!("Hall {n}"), "totalCapacity": 5});
        fixture.system.send_until_done(owner, Method::POST, "/api/v1/venues", venue).await;
        let event = json!({"name": "Night", "startsAt": "2035-06-01T19:30:00Z", "currency": "EUR", "capacity": 10});
        fixture.system.send_until_done(owner, Method::POST, "/api/v1/events", event).await;
        let user = json!({"name": "Some One", "email": format!("u{n}@example.org")});
        fixture.system.send_until_done(OTTO, Method::POST, "/api/v1/users", user).await;
    }
    for (list, count) in [("organizers", 6), ("venues", 6), ("events", 6), ("users", 8)] {
        let all = all_items(&fixture.system, OTTO, &format!("/api/v1/{list}?limit=2"), 2).await;
        let ids: Vec<_> = all.iter().map(|item| item["id"].as_i64().unwrap()).collect();
        assert_eq!(ids.len(), count, "{list}");
        assert!(ids.is_sorted_by(|one, other| one < other), "{list}: {ids:?}");
    }
    let of_one = all_items(&fixture.system, OTTO, "/api/v1/events?organizerId=2&limit=1", 1).await;
    assert_eq!(of_one.len(), 1);
}

/// Parameters that accept any text but an empty one.
const ANY_TEXT: &[&str] = &["to", "q"];

/// Every operation refuses unknown and malformed query parameters and names them.
#[tokio::test]
async fn list_parameters_are_validated() {
    let fixture = Fixture::open().await;
    let document = Document::of(&fixture.system).await;
    let mut violations = Vec::new();
    let mut lists = 0;
    for operation in document.operations().iter().filter(|operation| operation.method == "GET") {
        let known: Vec<_> = operation.parameters.iter().filter(|parameter| parameter["in"] == "query").collect();
        let mut queries = vec![("surprise", "1".to_owned())];
        if known.iter().any(|parameter| parameter["name"] == "limit") {
            lists += 1;
            let limits = ["0", "201", "-1", "x", "", "1.5", "99999999999999999999"];
            queries.extend(limits.map(|limit| ("limit", limit.to_owned())));
            queries.extend([("limit", "1&limit=2".to_owned()), ("cursor", "!".into()), ("cursor", "e30".into())]);
            queries.extend([("cursor", "x".repeat(3000)), ("cursor", "%00".into()), ("cursor", "W10".into())]);
        }
        for parameter in
            known.iter().filter(|parameter| !["limit", "cursor"].contains(&parameter["name"].as_str().unwrap()))
        {
            let name = parameter["name"].as_str().unwrap();
            let values = ["", "%00", "nonsense", "-1", "9223372036854775808"];
            let bad = if ANY_TEXT.contains(&name) { &values[..2] } else { &values[..] };
            queries.extend(bad.iter().map(|value| (name, (*value).to_owned())));
        }
        for (name, value) in queries {
            let path = format!("{}?{name}={value}", fixture.path(operation));
            let who = if operation.path.ends_with("/me") { ANN } else { OTTO };
            let answer = fixture.system.get(who, &path).await;
            let what = path.get(..path.len().min(100)).unwrap();
            let is_named = answer.body["errors"][0]["field"] == name;
            if name == "surprise" && answer.status == 200 && known.is_empty() {
                continue;
            }
            if answer.status == 404 && operation.path.starts_with("/api/v1/dead-letters/{") {
                continue;
            }
            if answer.status != 400 || !is_named {
                violations.push(format!("{what}: {} {}", answer.status, answer.body));
            }
        }
    }
    assert!(lists >= 10, "{lists} lists are too few");
    assert_none(&violations);
}
