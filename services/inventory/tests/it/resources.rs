//! The HTTP inventory of what is changed, deleted, listed and given back.

use boxoffice_testkit::TestResponse;
use serde_json::{Value, json};

use crate::harness::{ANN, OLGA, TestInventory};

fn etag(response: &TestResponse) -> &str {
    response.header("etag").unwrap()
}

fn ids(response: &TestResponse) -> Vec<i64> {
    assert_eq!(response.status, 200, "{}", response.body);
    response.body.as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn every_resource_has_an_etag_for_conditional_changes() {
    let inventory = TestInventory::with_capacity(10).await;
    let hall = json!({"name": "Hall", "totalCapacity": 5});
    let night = json!({"name": "Night", "startsAt": "2031-01-01T19:00:00Z"});
    let floor = json!({"name": "Floor", "price": 20});
    assert_eq!(etag(&inventory.post(OLGA, "venues", hall.clone()).await), r#""1""#);
    for (path, body) in [
        ("venues/1", hall),
        ("events/1", night),
        ("ticket-types/1", floor),
        ("events/1/capacity", json!({"capacity": 20})),
        ("quotas/1", json!({"capacity": 30})),
    ] {
        let resource = path.trim_end_matches("/capacity");
        let read = inventory.get(resource).await;
        let current = etag(&read).to_owned();
        let weak = format!("W/{current}");
        for stale in [r#""99""#, "\"\"", &weak] {
            let refused = inventory.put(path, body.clone(), Some(stale)).await;
            assert_eq!(refused.code(), (412, "precondition-failed"), "{path} {stale}");
        }
        let malformed = inventory.put(path, body.clone(), Some("1")).await;
        assert_eq!((malformed.code(), malformed.fields()), ((400, "invalid"), vec!["If-Match"]), "{path}");
        assert_eq!(inventory.get(resource).await.body, read.body, "{path} is unchanged");
        let done = inventory.put(path, body.clone(), Some(&format!(r#""98", {current}"#))).await;
        assert_eq!(done.status, 200, "{path}: {}", done.body);
        assert_ne!(etag(&done), current, "{path}");
        let now = inventory.get(resource).await;
        assert_eq!((etag(&now), &now.body), (etag(&done), &done.body), "{path}");
        assert_eq!(inventory.put(path, body.clone(), Some(&current)).await.code().0, 412, "{path}");
        for any in [Some("*"), None] {
            assert_eq!(inventory.put(path, body.clone(), any).await.status, 200, "{path} {any:?}");
        }
    }
    let before = etag(&inventory.get("events/1").await).to_owned();
    let hold = inventory.post(ANN, "holds", json!({"lines": [{"ticketTypeId": 1, "quantity": 1}]})).await;
    let hold = format!("holds/{}", hold.body["id"].as_str().unwrap());
    let event = inventory.get("events/1").await;
    assert_eq!(
        (etag(&event), &event.body["held"]),
        (&*before, &json!(1)),
        "holds do not change the version of an event"
    );
    assert_eq!(inventory.delete(ANN, &hold, Some(r#""9""#)).await.code().0, 412);
    let current = etag(&inventory.get(&hold).await).to_owned();
    assert_eq!(inventory.delete(ANN, &hold, Some(&current)).await.status, 204);
    assert_eq!(etag(&inventory.get("organizers/1").await), r#""1""#);
}

#[tokio::test]
async fn deleted_resources_are_not_found_and_not_listed() {
    let inventory = TestInventory::with_capacity(10).await;
    inventory.post(OLGA, "venues", json!({"name": "Hall", "totalCapacity": 5})).await;
    let event = json!({"name": "Night", "startsAt": "2031-01-01T19:00:00Z", "venueId": 1});
    assert_eq!(inventory.put("events/1", event, None).await.body["venue"]["name"], "Hall");
    let hold = inventory.post(ANN, "holds", json!({"lines": [{"ticketTypeId": 1, "quantity": 1}]})).await;
    for path in ["venues/1", "ticket-types/1", "events/1"] {
        assert_eq!(inventory.delete(OLGA, path, None).await.code(), (409, "in-use"), "{path}");
        assert_eq!(inventory.delete(("mallory", "organizer"), path, None).await.code(), (403, "forbidden"), "{path}");
        assert_eq!(inventory.delete(ANN, path, None).await.code(), (403, "forbidden"), "{path}");
    }
    let hold = format!("holds/{}", hold.body["id"].as_str().unwrap());
    assert_eq!(inventory.delete(ANN, &hold, None).await.status, 204);
    for path in ["ticket-types/1", "events/1", "venues/1"] {
        assert_eq!(inventory.delete(OLGA, path, Some(r#""99""#)).await.code().0, 412, "{path}");
        assert_eq!(inventory.delete(OLGA, path, None).await.status, 204, "{path}");
        assert_eq!(inventory.get(path).await.code(), (404, "not-found"), "{path}");
        assert_eq!(inventory.delete(OLGA, path, None).await.code(), (404, "not-found"), "{path}");
    }
    for list in ["ticket-types", "events", "venues"] {
        assert_eq!(inventory.get(list).await.body, json!([]), "{list}");
    }
    for path in ["events/1/quotas", "events/1/ticket-types", "quotas/1", "ticket-types/2"] {
        assert_eq!(inventory.get(path).await.code(), (404, "not-found"), "{path}");
    }
    assert_eq!(inventory.delete(OLGA, "organizers/1/members/olga", None).await.code(), (409, "last-one"));
    assert_eq!(
        inventory.get(&hold).await.body["lines"][0]["name"],
        "Floor",
        "a hold keeps the name of a deleted ticket type"
    );
}

#[tokio::test]
async fn most_fields_of_an_event_have_defaults() {
    let inventory = TestInventory::with_capacity(10).await;
    let minimal = json!({"name": "Day", "startsAt": "2031-06-01T19:30:00Z", "capacity": 5});
    let created = inventory.post(OLGA, "events", minimal.clone()).await;
    let field = |name: &str| created.body[name].clone();
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(
        [field("organizerId"), field("currency"), field("timeZone"), field("venue"), field("venueId")],
        [json!(1), json!("EUR"), json!("UTC"), Value::Null, Value::Null]
    );
    // For operators and callers without an organizer, the default is organizer 1; the latter may not act for it.
    assert_eq!(inventory.post(("otto", "operator"), "events", minimal.clone()).await.body["organizerId"], 1);
    assert_eq!(inventory.post(("mallory", "organizer"), "events", minimal.clone()).await.code(), (403, "forbidden"));
    let mut past = minimal;
    past["startsAt"] = "2029-12-31T23:59:59Z".into();
    assert_eq!(inventory.post(OLGA, "events", past).await.fields(), ["startsAt"]);
}

#[tokio::test]
async fn lists_are_filtered_and_sorted() {
    let inventory = TestInventory::with_capacity(10).await;
    for (name, starts, venue) in [
        ("Beta 100%", "2031-03-01T00:00:00Z", 1),
        ("alpha", "2031-02-01T00:00:00Z", 2),
        ("Gamma", "2032-01-01T00:00:00Z", 1),
    ] {
        inventory.post(OLGA, "venues", json!({"name": name, "totalCapacity": 5})).await;
        let mut event = json!({"name": name, "startsAt": starts, "capacity": 5});
        if venue == 1 {
            event["venueId"] = 1.into();
        }
        assert_eq!(inventory.post(OLGA, "events", event).await.status, 201);
    }
    inventory
        .put(
            "events/4",
            json!({"name": "Gamma", "startsAt": "2032-01-01T00:00:00Z", "venueId": 1, "status": "closed"}),
            None,
        )
        .await;
    // Event 1 has the name Night and starts on 2031-01-01.
    for (query, expected) in [
        ("", vec![1, 2, 3, 4]),
        ("sort=-id", vec![4, 3, 2, 1]),
        ("sort=startsAt", vec![1, 3, 2, 4]),
        ("sort=-startsAt", vec![4, 2, 3, 1]),
        ("sort=name", vec![2, 4, 1, 3]),
        ("venueId=1", vec![2, 4]),
        ("venueId=1&status=closed", vec![4]),
        ("status=on_sale&sort=-startsAt", vec![2, 3, 1]),
        ("from=2031-02-01T00:00:00Z&until=2032-01-01T00:00:00Z", vec![2, 3]),
        ("q=A", vec![2, 3, 4]),
        ("q=00%25", vec![2]),
        ("q=%25%25", vec![]),
        ("q=!", vec![]),
        ("organizerId=2", vec![]),
    ] {
        let list = inventory.get(&format!("events?{query}")).await;
        assert_eq!(ids(&list), expected, "{query}");
        // The pages of one item each contain the same items.
        let (mut next, mut found) = (Some(format!("/api/v1/events?limit=1&{query}")), Vec::new());
        while let Some(path) = next {
            let page = inventory.call(ANN, &format!("GET {path}"), None).await;
            found.extend(ids(&page));
            let link = page.headers.get("link").map(|link| link.to_str().unwrap());
            next = link.map(|link| link.strip_prefix('<').unwrap().split_once('>').unwrap().0.to_owned());
        }
        assert_eq!(found, expected, "pages of {query}");
    }
    assert_eq!(ids(&inventory.get("ticket-types?eventId=1&sort=price").await), [2, 1]);
    assert_eq!(ids(&inventory.get("ticket-types?organizerId=1").await), [1, 2, 3, 4, 5]);
    assert_eq!(ids(&inventory.get("venues?organizerId=1&sort=-name").await), [2, 3, 1]);
    assert_eq!(ids(&inventory.get("organizers?sort=slug").await), [1]);
    assert_eq!(ids(&inventory.get("events/1/quotas").await), [1]);

    let unknown = inventory.get("events?sort=price").await;
    assert_eq!((unknown.code(), unknown.fields()), ((400, "invalid"), vec!["sort"]));
    let message = unknown.body["errors"][0]["message"].as_str().unwrap();
    assert_eq!(message, "expected one of id, -id, name, -name, startsAt, -startsAt");
    let first = inventory.get("events?limit=1&sort=name").await;
    let cursor = first.headers["link"].to_str().unwrap().split_once("cursor=").unwrap().1.split_once('>').unwrap().0;
    for other in ["", "sort=-name&", "sort=startsAt&"] {
        let refused = inventory.get(&format!("events?{other}cursor={cursor}")).await;
        assert_eq!((refused.code(), refused.fields()), ((400, "invalid"), vec!["cursor"]), "{other}");
    }
    let empty = inventory.get("events?q=").await;
    assert_eq!((empty.code(), empty.fields()), ((400, "invalid"), vec!["q"]));
}

#[tokio::test]
async fn quotas_are_read_and_changed() {
    let inventory = TestInventory::with_capacity(10).await;
    let with_quota = json!({"name": "Stalls", "price": 40, "capacity": 3});
    let created = inventory.post(OLGA, "events/1/ticket-types", with_quota.clone()).await;
    assert_eq!(
        (created.status.as_u16(), &created.body["quotaId"], &created.body["available"]),
        (201, &json!(2), &json!(3))
    );
    let mut both = with_quota.clone();
    both["quotaId"] = 1.into();
    assert_eq!(inventory.post(OLGA, "events/1/ticket-types", both).await.fields(), ["quotaId"]);
    let unknown_quota = json!({"name": "Stalls", "price": 40, "quotaId": 9});
    assert_eq!(inventory.post(OLGA, "events/1/ticket-types", unknown_quota).await.code(), (404, "not-found"));

    let several = inventory.put("events/1/capacity", json!({"capacity": 99}), None).await;
    assert_eq!(several.code(), (409, "several-quotas"));
    assert!(several.body["detail"].as_str().unwrap().contains("/api/v1/quotas/"), "{}", several.body);
    inventory.post(ANN, "holds", json!({"lines": [{"ticketTypeId": 3, "quantity": 2}]})).await;
    assert_eq!(inventory.put("quotas/2", json!({"capacity": 1}), None).await.code(), (409, "capacity-taken"));
    let set = inventory.put("quotas/2", json!({"capacity": 4}), None).await;
    let expected = json!({"id": 2, "eventId": 1, "capacity": 4, "available": 2, "held": 2, "sold": 0});
    assert_eq!((set.status.as_u16(), &set.body), (200, &expected));
    assert_eq!(inventory.get("events/1/quotas").await.body[1], expected);
    let event = inventory.get("events/1").await.body;
    assert_eq!((&event["capacity"], &event["available"], &event["held"]), (&json!(14), &json!(12), &json!(2)));
}

#[tokio::test]
async fn holds_are_extended_and_seats_are_returned_by_type() {
    let inventory = TestInventory::with_capacity(10).await;
    let three = json!({"lines": [{"ticketTypeId": 1, "quantity": 3}]});
    let hold = inventory.post(ANN, "holds", three).await;
    let extend = format!("/api/v1/holds/{}/extend", hold.body["id"].as_str().unwrap());
    let with_key =
        async |key: &str| inventory.call_with(ANN, &format!("POST {extend}"), None, &[("idempotency-key", key)]).await;
    let first = with_key("k1").await;
    assert_eq!((first.status.as_u16(), etag(&first)), (200, r#""2""#), "{}", first.body);
    let again = with_key("k1").await;
    assert_eq!((again.status.as_u16(), etag(&again), &again.body), (200, r#""2""#, &first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(with_key("k2").await.status, 200);
    assert_eq!(with_key("k3").await.code(), (409, "hold-extended-twice"));
    let bob = inventory.call(("bob", "customer"), &format!("POST {extend}"), None).await;
    assert_eq!(bob.code(), (404, "not-found"));

    let release = async |body: Value, key: &str| {
        inventory.call_with(ANN, "POST /api/v1/ticket-types/1/release", Some(body), &[("idempotency-key", key)]).await
    };
    let returned = release(json!({"quantity": 2}), "r1").await;
    assert_eq!(
        (returned.status.as_u16(), &returned.body),
        (200, &json!({"ticketTypeId": 1, "released": 2, "available": 9}))
    );
    let again = release(json!({"quantity": 2}), "r1").await;
    assert_eq!((&again.body, &again.headers["idempotency-replayed"]), (&returned.body, &"true".parse().unwrap()));
    assert_eq!(inventory.taken().await, (1, 0), "a repeated request has no effect");
    assert_eq!(release(json!({"quantity": 2}), "r2").await.code(), (409, "fewer-held"));
    assert_eq!(release(json!({"quantity": 101}), "r3").await.fields(), ["quantity"]);

    let number = async |query: &str| inventory.get(&format!("holds?{query}")).await.body.as_array().unwrap().len();
    assert_eq!(release(json!({"quantity": 1}), "r4").await.status, 200);
    inventory.post(ANN, "holds", json!({"lines": [{"ticketTypeId": 2, "quantity": 1}]})).await;
    let counts =
        [number("").await, number("status=held").await, number("status=released").await, number("eventId=2").await];
    assert_eq!((counts, number("eventId=1&status=held&sort=-id").await), ([2, 1, 1, 0], 1));
}
