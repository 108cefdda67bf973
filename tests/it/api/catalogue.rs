//! The rules for the catalogue and for profiles.

use axum::http::Method;
use serde_json::{Value, json};

use super::fixture::{OLGA, OTTO, line};
use crate::{
    journeys::ANN,
    system::{System, TestResponse},
};

async fn post(system: &System, path: &str, body: &Value) -> TestResponse {
    system.send(OLGA, Method::POST, &format!("/api/v1/{path}"), Some(body), &[]).await
}

fn event() -> Value {
    json!({"name": "Night", "startsAt": "2035-06-01T19:30:00Z", "currency": "EUR", "capacity": 10})
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

#[tokio::test]
async fn texts_and_numbers_are_bounded() {
    let system = System::start().await;
    let long = |length: usize| Value::from("ü".repeat(length));
    let venue = json!({"name": "Hall", "address": "Street 1", "totalCapacity": 5});
    let person = json!({"name": "Ada", "email": "ada@example.org"});
    let kind = |name: Value, price: Value| json!([{"name": name, "price": price}]);
    for (path, body, field) in [
        ("organizers", json!({"name": long(201)}), "name"),
        ("organizers", json!({"name": "", "slug": "x"}), "name"),
        ("organizers", json!({"name": "Other", "slug": "Not A Slug"}), "slug"),
        ("venues", with(venue.clone(), "name", long(201)), "name"),
        ("venues", with(venue.clone(), "totalCapacity", 1_000_000_001.into()), "totalCapacity"),
        ("venues", with(venue.clone(), "totalCapacity", 0.into()), "totalCapacity"),
        ("events", with(event(), "name", long(201)), "name"),
        ("events", with(event(), "description", long(10_001)), "description"),
        ("events", with(event(), "capacity", 1_000_000_001.into()), "capacity"),
        ("events", with(event(), "capacity", 0.into()), "capacity"),
        ("events", with(event(), "currency", "XXX".into()), "currency"),
        ("events", with(event(), "currency", "eur".into()), "currency"),
        ("events", with(event(), "startsAt", "2020-06-01T19:30:00Z".into()), "startsAt"),
        ("events", with(event(), "startsAt", "tomorrow".into()), "startsAt"),
        ("events", with(event(), "timeZone", "Europe Berlin".into()), "timeZone"),
        ("events", with(event(), "ticketTypes", kind("A".into(), json!(1.001))), "ticketTypes[0].price"),
        ("events", with(event(), "ticketTypes", kind("A".into(), json!(-1))), "ticketTypes[0].price"),
        ("events", with(event(), "ticketTypes", kind("A".into(), json!(1_000_000_000.01))), "ticketTypes[0].price"),
        ("events", with(event(), "ticketTypes", kind(long(201), json!(1))), "ticketTypes[0].name"),
        ("events/1/ticket-types", json!({"name": "", "price": 1}), "name"),
        ("events/1/ticket-types", json!({"name": "A", "price": "1"}), "price"),
    ] {
        let refused = post(&system, path, &body).await;
        let blamed = &refused.body["errors"][0]["field"];
        assert_eq!((refused.status.as_u16(), blamed), (400, &json!(field)), "{path}: {}", refused.body);
    }
    for (body, field) in [
        (with(person.clone(), "name", long(201)), "name"),
        (with(person.clone(), "name", "  ".into()), "name"),
        (with(person.clone(), "email", "ada".into()), "email"),
        (with(person.clone(), "email", "ada@@example.org".into()), "email"),
        (with(person.clone(), "email", format!("{}@example.org", "a".repeat(300)).into()), "email"),
    ] {
        for (method, path) in [(Method::POST, "/api/v1/users"), (Method::PUT, "/api/v1/users/me")] {
            let refused = system.send(("ada", "customer"), method, path, Some(&body), &[]).await;
            let blamed = &refused.body["errors"][0]["field"];
            assert_eq!((refused.status.as_u16(), blamed), (400, &json!(field)), "{path}: {}", refused.body);
        }
    }
    for (path, body) in [
        ("venues", with(with(venue, "name", long(200)), "totalCapacity", 1_000_000_000.into())),
        ("events", with(with(event(), "description", long(10_000)), "capacity", 1_000_000_000.into())),
        ("events", with(event(), "ticketTypes", kind(long(200), json!(9_999_999.99)))),
    ] {
        let made = post(&system, path, &body).await;
        assert_eq!(made.status, 201, "{path}: {}", made.body);
    }
}

#[tokio::test]
async fn an_event_has_at_least_one_ticket_type() {
    let system = System::start().await;
    let made = post(&system, "events", &event()).await.body;
    let types = made["ticketTypes"].as_array().unwrap();
    assert_eq!((types.len(), &types[0]["name"], types[0]["price"].as_f64()), (1, &json!("General"), Some(0.0)));
    for (field, value) in [("status", json!("on_sale")), ("timeZone", json!("UTC")), ("venueId", Value::Null)] {
        assert_eq!(made[field], value, "{field}");
    }
    assert_eq!((&made["available"], &made["held"], &made["sold"]), (&json!(10), &json!(0), &json!(0)));
    let at_once = system.get(ANN, &format!("/api/v1/events/{}", made["id"])).await;
    assert_eq!(at_once.body, made, "right at once after the 201");
    for unknown in [("venueId", 99), ("organizerId", 99)] {
        let refused = post(&system, "events", &with(event(), unknown.0, unknown.1.into())).await;
        assert!([403, 404].contains(&refused.status.as_u16()), "{unknown:?}: {} {}", refused.status, refused.body);
    }
}

#[tokio::test]
async fn capacity_is_at_least_the_taken_seats() {
    let mut system = System::start().await;
    system.send_until_done(ANN, Method::POST, "/api/v1/holds", json!({"lines": [line(1, 3)]})).await;
    let set = async |capacity: i64| {
        system.send(OTTO, Method::PUT, "/api/v1/events/1/capacity", Some(&json!({"capacity": capacity})), &[]).await
    };
    let below = set(2).await;
    assert_eq!((below.status.as_u16(), &below.body["code"]), (409, &json!("capacity-taken")));
    for capacity in [3, 3, 50] {
        let done = set(capacity).await;
        let numbers = (&done.body["capacity"], &done.body["available"], &done.body["held"]);
        assert_eq!(numbers, (&json!(capacity), &json!(capacity - 3), &json!(3)), "{}", done.body);
    }
}

#[tokio::test]
async fn a_profile_is_created_and_replaced() {
    let system = System::start().await;
    let ada = ("ada", "customer");
    let put = async |body: Value| system.send(ada, Method::PUT, "/api/v1/users/me", Some(&body), &[]).await;
    assert_eq!(system.get(ada, "/api/v1/users/me").await.status, 404);
    let made = put(json!({"name": " Ada ", "email": " Ada@Example.ORG ", "address": "Here"})).await;
    assert_eq!((made.status.as_u16(), &made.body["name"], &made.body["subject"]), (201, &json!("Ada"), &json!("ada")));
    let replaced = put(json!({"name": "Ada L", "email": "ada@example.org"})).await;
    assert_eq!((replaced.status.as_u16(), &replaced.body["address"]), (200, &Value::Null));
    assert_eq!(replaced.body["id"], made.body["id"]);
    let taken = put(json!({"name": "Ada", "email": "ANN@example.org"})).await;
    assert_eq!((taken.status.as_u16(), &taken.body["code"]), (409, &json!("email-taken")));
    assert_eq!(system.get(ada, "/api/v1/users/me").await.body, replaced.body);
    let again = json!({"name": "Ada", "email": "other@example.org"});
    let again = system.send(ada, Method::POST, "/api/v1/users", Some(&again), &[]).await;
    assert_eq!((again.status.as_u16(), &again.body["code"]), (409, &json!("subject-taken")));
    assert_eq!(system.get(ada, "/api/v1/users").await.status, 403);
}
