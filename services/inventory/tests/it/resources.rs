//! The HTTP door of what is changed, deleted, listed and given back.

use axum::http::Method;
use serde_json::{Value, json};

use crate::api::{ANN, Answer, Door, OLGA};

impl Door {
    async fn get(&self, path: &str) -> Answer {
        self.send(ANN, Method::GET, &format!("/api/v1/{path}"), None).await
    }

    async fn put(&self, path: &str, body: Value, if_match: Option<&str>) -> Answer {
        let headers: Vec<_> = if_match.map(|tag| ("if-match", tag)).into_iter().collect();
        self.send_headed(OLGA, Method::PUT, &format!("/api/v1/{path}"), Some(body), &headers).await
    }

    async fn delete(&self, who: (&str, &str), path: &str, if_match: Option<&str>) -> Answer {
        let headers: Vec<_> = if_match.map(|tag| ("if-match", tag)).into_iter().collect();
        self.send_headed(who, Method::DELETE, &format!("/api/v1/{path}"), None, &headers).await
    }

    async fn post(&self, who: (&str, &str), path: &str, body: Value) -> Answer {
        self.send(who, Method::POST, &format!("/api/v1/{path}"), Some(body)).await
    }
}

fn tag(answer: &Answer) -> &str {
    answer.headers["etag"].to_str().unwrap()
}

fn refused(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.body["code"].as_str().unwrap_or_default())
}

fn ids(answer: &Answer) -> Vec<i64> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body.as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn whatever_shows_one_thing_has_its_tag_and_is_changed_by_it() {
    let door = Door::open().await;
    let hall = json!({"name": "Hall", "totalCapacity": 5});
    let night = json!({"name": "Night", "startsAt": "2031-01-01T19:00:00Z"});
    let floor = json!({"name": "Floor", "price": 20});
    assert_eq!(tag(&door.post(OLGA, "venues", hall.clone()).await), r#""1""#);
    for (path, body) in [
        ("venues/1", hall),
        ("events/1", night),
        ("ticket-types/1", floor),
        ("events/1/capacity", json!({"capacity": 20})),
        ("quotas/1", json!({"capacity": 30})),
    ] {
        let shown = path.trim_end_matches("/capacity");
        let read = door.get(shown).await;
        let seen = tag(&read).to_owned();
        let weak = format!("W/{seen}");
        for stale in [r#""99""#, "\"\"", &weak] {
            let late = door.put(path, body.clone(), Some(stale)).await;
            assert_eq!(refused(&late), (412, "precondition-failed"), "{path} {stale}");
        }
        let malformed = door.put(path, body.clone(), Some("1")).await;
        assert_eq!((refused(&malformed), malformed.fields()), ((400, "invalid"), vec!["If-Match"]), "{path}");
        assert_eq!(door.get(shown).await.body, read.body, "{path}: nothing has changed");
        let done = door.put(path, body.clone(), Some(&format!(r#""98", {seen}"#))).await;
        assert_eq!(done.status, 200, "{path}: {}", done.body);
        assert_ne!(tag(&done), seen, "{path}");
        let now = door.get(shown).await;
        assert_eq!((tag(&now), &now.body), (tag(&done), &done.body), "{path}");
        assert_eq!(refused(&door.put(path, body.clone(), Some(&seen)).await).0, 412, "{path}");
        for any in [Some("*"), None] {
            assert_eq!(door.put(path, body.clone(), any).await.status, 200, "{path} {any:?}");
        }
    }
    let before = tag(&door.get("events/1").await).to_owned();
    let hold = door.post(ANN, "holds", json!({"lines": [{"ticketTypeId": 1, "quantity": 1}]})).await;
    let hold = format!("holds/{}", hold.body["id"].as_str().unwrap());
    let event = door.get("events/1").await;
    assert_eq!((tag(&event), &event.body["held"]), (&*before, &json!(1)), "what is held does not count");
    assert_eq!(refused(&door.delete(ANN, &hold, Some(r#""9""#)).await).0, 412);
    let seen = tag(&door.get(&hold).await).to_owned();
    assert_eq!(door.delete(ANN, &hold, Some(&seen)).await.status, 204);
    assert_eq!(tag(&door.get("organizers/1").await), r#""1""#);
}

#[tokio::test]
async fn what_is_deleted_is_gone() {
    let door = Door::open().await;
    door.post(OLGA, "venues", json!({"name": "Hall", "totalCapacity": 5})).await;
    let here = json!({"name": "Night", "startsAt": "2031-01-01T19:00:00Z", "venueId": 1});
    assert_eq!(door.put("events/1", here, None).await.body["venue"]["name"], "Hall");
    let hold = door.post(ANN, "holds", json!({"lines": [{"ticketTypeId": 1, "quantity": 1}]})).await;
    for path in ["venues/1", "ticket-types/1", "events/1"] {
        assert_eq!(refused(&door.delete(OLGA, path, None).await), (409, "in-use"), "{path}");
        assert_eq!(refused(&door.delete(("mallory", "organizer"), path, None).await), (403, "forbidden"), "{path}");
        assert_eq!(refused(&door.delete(ANN, path, None).await), (403, "forbidden"), "{path}");
    }
    let hold = format!("holds/{}", hold.body["id"].as_str().unwrap());
    assert_eq!(door.delete(ANN, &hold, None).await.status, 204);
    for path in ["ticket-types/1", "events/1", "venues/1"] {
        assert_eq!(refused(&door.delete(OLGA, path, Some(r#""99""#)).await).0, 412, "{path}");
        assert_eq!(door.delete(OLGA, path, None).await.status, 204, "{path}");
        assert_eq!(refused(&door.get(path).await), (404, "not-found"), "{path}");
        assert_eq!(refused(&door.delete(OLGA, path, None).await), (404, "not-found"), "{path}");
    }
    for list in ["ticket-types", "events", "venues"] {
        assert_eq!(door.get(list).await.body, json!([]), "{list}");
    }
    for path in ["events/1/quotas", "events/1/ticket-types", "quotas/1", "ticket-types/2"] {
        assert_eq!(refused(&door.get(path).await), (404, "not-found"), "{path}");
    }
    assert_eq!(refused(&door.delete(OLGA, "organizers/1/members/olga", None).await), (409, "last-one"));
    assert_eq!(door.get(&hold).await.body["lines"][0]["name"], "Floor", "what was held is still said");
}

#[tokio::test]
async fn an_event_needs_few_words() {
    let door = Door::open().await;
    let least = json!({"name": "Day", "startsAt": "2031-06-01T19:30:00Z", "capacity": 5});
    let made = door.post(OLGA, "events", least.clone()).await;
    let shown = |name: &str| made.body[name].clone();
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(
        [shown("organizerId"), shown("currency"), shown("timeZone"), shown("venue"), shown("venueId")],
        [json!(1), json!("EUR"), json!("UTC"), Value::Null, Value::Null]
    );
    // Operators, and whoever acts for no organizer, mean the first one; for which not everybody may act.
    assert_eq!(door.post(("otto", "operator"), "events", least.clone()).await.body["organizerId"], 1);
    assert_eq!(refused(&door.post(("mallory", "organizer"), "events", least.clone()).await), (403, "forbidden"));
    let mut past = least;
    past["startsAt"] = "2029-12-31T23:59:59Z".into();
    assert_eq!(door.post(OLGA, "events", past).await.fields(), ["startsAt"]);
}

#[tokio::test]
async fn lists_are_filtered_and_sorted() {
    let door = Door::open().await;
    for (name, starts, venue) in [
        ("Beta 100%", "2031-03-01T00:00:00Z", 1),
        ("alpha", "2031-02-01T00:00:00Z", 2),
        ("Gamma", "2032-01-01T00:00:00Z", 1),
    ] {
        door.post(OLGA, "venues", json!({"name": name, "totalCapacity": 5})).await;
        let mut event = json!({"name": name, "startsAt": starts, "capacity": 5});
        if venue == 1 {
            event["venueId"] = 1.into();
        }
        assert_eq!(door.post(OLGA, "events", event).await.status, 201);
    }
    door.put(
        "events/4",
        json!({"name": "Gamma", "startsAt": "2032-01-01T00:00:00Z", "venueId": 1, "status": "closed"}),
        None,
    )
    .await;
    // Event 1 is called Night and begins on 2031-01-01.
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
        let whole = door.get(&format!("events?{query}")).await;
        assert_eq!(ids(&whole), expected, "{query}");
        // Page by page the same.
        let (mut path, mut met) = (Some(format!("/api/v1/events?limit=1&{query}")), Vec::new());
        while let Some(here) = path {
            let page = door.send(ANN, Method::GET, &here, None).await;
            met.extend(ids(&page));
            let link = page.headers.get("link").map(|link| link.to_str().unwrap());
            path = link.map(|link| link.strip_prefix('<').unwrap().split_once('>').unwrap().0.to_owned());
        }
        assert_eq!(met, expected, "{query}, page by page");
    }
    assert_eq!(ids(&door.get("ticket-types?eventId=1&sort=price").await), [2, 1]);
    assert_eq!(ids(&door.get("ticket-types?organizerId=1").await), [1, 2, 3, 4, 5]);
    assert_eq!(ids(&door.get("venues?organizerId=1&sort=-name").await), [2, 3, 1]);
    assert_eq!(ids(&door.get("organizers?sort=slug").await), [1]);
    assert_eq!(ids(&door.get("events/1/quotas").await), [1]);

    let unknown = door.get("events?sort=price").await;
    assert_eq!((refused(&unknown), unknown.fields()), ((400, "invalid"), vec!["sort"]));
    let message = unknown.body["errors"][0]["message"].as_str().unwrap();
    assert_eq!(message, "expected one of id, -id, name, -name, startsAt, -startsAt");
    let first = door.get("events?limit=1&sort=name").await;
    let cursor = first.headers["link"].to_str().unwrap().split_once("cursor=").unwrap().1.split_once('>').unwrap().0;
    for other in ["", "sort=-name&", "sort=startsAt&"] {
        let foreign = door.get(&format!("events?{other}cursor={cursor}")).await;
        assert_eq!((refused(&foreign), foreign.fields()), ((400, "invalid"), vec!["cursor"]), "{other}");
    }
    let empty = door.get("events?q=").await;
    assert_eq!((refused(&empty), empty.fields()), ((400, "invalid"), vec!["q"]));
}

#[tokio::test]
async fn quotas_are_read_and_set() {
    let door = Door::open().await;
    let own = json!({"name": "Stalls", "price": 40, "capacity": 3});
    let made = door.post(OLGA, "events/1/ticket-types", own.clone()).await;
    assert_eq!((made.status.as_u16(), &made.body["quotaId"], &made.body["available"]), (201, &json!(2), &json!(3)));
    let mut both = own.clone();
    both["quotaId"] = 1.into();
    assert_eq!(door.post(OLGA, "events/1/ticket-types", both).await.fields(), ["quotaId"]);
    let elsewhere = json!({"name": "Stalls", "price": 40, "quotaId": 9});
    assert_eq!(refused(&door.post(OLGA, "events/1/ticket-types", elsewhere).await), (404, "not-found"));

    let several = door.put("events/1/capacity", json!({"capacity": 99}), None).await;
    assert_eq!(refused(&several), (409, "several-quotas"));
    assert!(several.body["detail"].as_str().unwrap().contains("/api/v1/quotas/"), "{}", several.body);
    door.post(ANN, "holds", json!({"lines": [{"ticketTypeId": 3, "quantity": 2}]})).await;
    assert_eq!(refused(&door.put("quotas/2", json!({"capacity": 1}), None).await), (409, "capacity-taken"));
    let set = door.put("quotas/2", json!({"capacity": 4}), None).await;
    let expected = json!({"id": 2, "eventId": 1, "capacity": 4, "available": 2, "held": 2, "sold": 0});
    assert_eq!((set.status.as_u16(), &set.body), (200, &expected));
    assert_eq!(door.get("events/1/quotas").await.body[1], expected);
    let event = door.get("events/1").await.body;
    assert_eq!((&event["capacity"], &event["available"], &event["held"]), (&json!(14), &json!(12), &json!(2)));
}

#[tokio::test]
async fn a_hold_is_extended_and_given_back_by_type() {
    let door = Door::open().await;
    let three = json!({"lines": [{"ticketTypeId": 1, "quantity": 3}]});
    let hold = door.post(ANN, "holds", three).await;
    let extend = format!("/api/v1/holds/{}/extend", hold.body["id"].as_str().unwrap());
    let with_key = async |key: &str| door.send_with(ANN, Method::POST, &extend, None, Some(key)).await;
    let first = with_key("k1").await;
    assert_eq!((first.status.as_u16(), tag(&first)), (200, r#""2""#), "{}", first.body);
    let again = with_key("k1").await;
    assert_eq!((again.status.as_u16(), tag(&again), &again.body), (200, r#""2""#, &first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(with_key("k2").await.status, 200);
    assert_eq!(refused(&with_key("k3").await), (409, "hold-extended-twice"));
    let bob = door.send(("bob", "customer"), Method::POST, &extend, None).await;
    assert_eq!(refused(&bob), (404, "not-found"));

    let release = async |body: Value, key: &str| {
        door.send_with(ANN, Method::POST, "/api/v1/ticket-types/1/release", Some(body), Some(key)).await
    };
    let given = release(json!({"quantity": 2}), "r1").await;
    assert_eq!((given.status.as_u16(), &given.body), (200, &json!({"ticketTypeId": 1, "released": 2, "available": 9})));
    let again = release(json!({"quantity": 2}), "r1").await;
    assert_eq!((&again.body, &again.headers["idempotency-replayed"]), (&given.body, &"true".parse().unwrap()));
    assert_eq!(door.inventory.taken().await, (1, 0), "once");
    assert_eq!(refused(&release(json!({"quantity": 2}), "r2").await), (409, "fewer-held"));
    assert_eq!(release(json!({"quantity": 101}), "r3").await.fields(), ["quantity"]);

    let shown = async |query: &str| door.get(&format!("holds?{query}")).await.body.as_array().unwrap().len();
    assert_eq!(release(json!({"quantity": 1}), "r4").await.status, 200);
    door.post(ANN, "holds", json!({"lines": [{"ticketTypeId": 2, "quantity": 1}]})).await;
    let counts =
        [shown("").await, shown("status=held").await, shown("status=released").await, shown("eventId=2").await];
    assert_eq!((counts, shown("eventId=1&status=held&sort=-id").await), ([2, 1, 1, 0], 1));
}
