use boxoffice_contracts::Reason;
use serde_json::{Value, json};

use crate::harness::*;

/// Starts notifications with sent notifications of the bookings 1 and 3 of user 1 and the booking 2 of user 2, and a queued
/// one of booking 4 of user 3, which cannot be sent.
async fn with_notifications(environment: &Environment) -> TestNotifications {
    environment.emails.lock().insert(3, "p3@fail.test".into());
    let service = environment.start();
    for (n, user) in [(1, 1), (2, 2), (3, 1), (4, 3)] {
        service.consume(&confirmed(n, user)).await;
        // Ids of the same millisecond are not ordered.
        service.clock.advance(std::time::Duration::from_millis(1));
    }
    service.wait_for_emails(3).await;
    service
}

fn bookings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item["bookingId"].as_str().unwrap().to_owned()).collect()
}

fn ids(numbers: &[u128]) -> Vec<String> {
    numbers.iter().map(|n| booking(*n).to_string()).collect()
}

#[tokio::test]
async fn a_customer_reads_a_notification_and_marks_it() {
    let environment = Environment::new();
    let service = environment.start();
    service.consume(&failed(1, 1, Reason::SoldOut)).await;
    service.wait_for_emails(1).await;
    let user = service.token("user1", "customer");
    let list = service.send("GET /api/v1/notifications", &user, "").await;
    assert_eq!(list.status, 200);
    let [notification] = list.body.as_array().unwrap().as_slice() else { panic!("{list:?}") };
    let row = service.notifications().await.remove(0);
    assert_eq!(
        *notification,
        json!({
            "id": row.id, "bookingId": booking(1), "userId": 1, "kind": "booking-failed", "channel": "email",
            "subject": "Your booking could not be completed", "message": row.message, "status": "sent", "error": null,
            "read": false, "createdAt": "2030-01-01T00:00:00Z", "sentAt": "2030-01-01T00:00:00Z",
        })
    );
    let path = format!("/api/v1/notifications/{}", row.id);
    assert_eq!(service.send(&format!("GET {path}"), &user, "").await.body, *notification);
    for read in [true, true, false] {
        let changed = service.send(&format!("PATCH {path}"), &user, &json!({"read": read}).to_string()).await;
        assert_eq!((changed.status.as_u16(), &changed.body["read"]), (200, &json!(read)));
    }
    assert_eq!(service.notifications().await[0].version, row.version + 2, "a repeated request has no effect");
    assert_eq!(service.sent().await.len(), 1, "a read mark publishes no event");
}

#[tokio::test]
async fn customers_list_their_own_notifications_and_operators_list_all() {
    let environment = Environment::new();
    let service = with_notifications(&environment).await;
    let (user1, user2) = (service.token("user1", "customer"), service.token("user2", "customer"));
    let (unknown_user, operator) = (service.token("stranger", "customer"), service.token("otto", "operator"));
    for (token, query, expected) in [
        (&user1, "", vec![3, 1]),
        (&user1, "?userId=1", vec![3, 1]),
        (&user1, "?status=queued", vec![]),
        (&user2, "", vec![2]),
        (&unknown_user, "", vec![]),
        (&operator, "", vec![4, 3, 2, 1]),
        (&operator, "?userId=1", vec![3, 1]),
        (&operator, "?userId=9", vec![]),
        (&operator, "?status=sent", vec![3, 2, 1]),
        (&operator, "?status=queued", vec![4]),
        (&operator, "?status=failed&userId=3", vec![]),
    ] {
        let list = service.send(&format!("GET /api/v1/notifications{query}"), token, "").await;
        assert_eq!((list.status.as_u16(), bookings(&list.body)), (200, ids(&expected)), "{query}");
    }
}

#[tokio::test]
async fn notifications_of_a_booking_are_visible_to_its_owner_and_operators() {
    let environment = Environment::new();
    let service = with_notifications(&environment).await;
    let (user1, user2) = (service.token("user1", "customer"), service.token("user2", "customer"));
    let (unknown_user, operator) = (service.token("stranger", "customer"), service.token("otto", "operator"));
    for (token, n, expected) in [
        (&user1, 1, Some(vec![1])),
        (&user1, 2, None),
        (&unknown_user, 1, None),
        (&operator, 2, Some(vec![2])),
        // This booking exists and has no notifications.
        (&user1, 5, Some(vec![])),
        (&operator, 5, Some(vec![])),
        (&user2, 5, None),
        (&unknown_user, 5, None),
        (&user1, 9, None),
        (&operator, 9, None),
    ] {
        let list = service.send(&format!("GET /api/v1/bookings/{}/notifications", booking(n)), token, "").await;
        match expected {
            Some(expected) => assert_eq!((list.status.as_u16(), bookings(&list.body)), (200, ids(&expected)), "{n}"),
            None => assert_eq!((list.status.as_u16(), &list.body["code"]), (404, &json!("not-found")), "{n}"),
        }
    }
}

#[tokio::test]
async fn pages_are_linked_until_the_last_one() {
    let environment = Environment::new();
    let service = with_notifications(&environment).await;
    let operator = service.token("otto", "operator");
    for (list, expected) in [
        ("/api/v1/notifications?limit=3", vec![ids(&[4, 3, 2]), ids(&[1])]),
        ("/api/v1/notifications?limit=1&userId=1", vec![ids(&[3]), ids(&[1])]),
        ("/api/v1/mailbox?limit=2", vec![ids(&[3, 2]), ids(&[1])]),
    ] {
        let (mut pages, mut next) = (Vec::new(), Some(list.to_owned()));
        while let Some(path) = next {
            let page = service.send(&format!("GET {path}"), &operator, "").await;
            pages.push(bookings(&page.body));
            let link = page.headers.get("link").map(|link| link.to_str().unwrap());
            next = link.map(|link| link.split(['<', '>']).nth(1).unwrap().to_owned());
        }
        assert_eq!(pages, expected, "{list}");
    }
}

#[tokio::test]
async fn operators_read_the_mailbox() {
    let environment = Environment::new();
    let service = with_notifications(&environment).await;
    let operator = service.token("otto", "operator");
    let of_one = service.send(&format!("GET /api/v1/mailbox?bookingId={}", booking(2)), &operator, "").await;
    let email = service.mailbox().await.into_iter().find(|email| email.booking_id == booking(2)).unwrap();
    assert_eq!(
        of_one.body,
        json!([{
            "messageId": email.message_id, "bookingId": booking(2), "kind": "booking-confirmed", "to": "p2@example.com",
            "subject": "Your booking is confirmed", "body": email.body, "sentAt": email.sent_at.to_string(),
        }])
    );
    let all = service.send("GET /api/v1/mailbox", &operator, "").await;
    assert_eq!(bookings(&all.body), ids(&[3, 2, 1]));
    assert_eq!(
        service.send(&format!("GET /api/v1/mailbox?bookingId={}", booking(9)), &operator, "").await.body,
        json!([])
    );
}

#[tokio::test]
async fn emails_are_filtered_by_recipient_and_kind() {
    let environment = Environment::new();
    let service = environment.start();
    service.consume(&confirmed(1, 1)).await;
    service.consume(&confirmed(2, 2)).await;
    service.consume(&failed(3, 1, Reason::Declined)).await;
    service.wait_for_emails(3).await;
    let operator = service.token("otto", "operator");
    for (query, expected) in [
        ("to=p1@example.com", vec![1, 3]),
        ("to=P1%40EXAMPLE", vec![1, 3]),
        ("to=example.com", vec![1, 2, 3]),
        ("to=p1_example.com", vec![]),
        ("to=%25", vec![]),
        ("to=%5C", vec![]),
        ("kind=booking-failed", vec![3]),
        ("kind=booking-confirmed&to=p1", vec![1]),
        ("kind=booking-cancelled", vec![]),
    ] {
        let list = service.send(&format!("GET /api/v1/mailbox?{query}"), &operator, "").await;
        let mut found = bookings(&list.body);
        found.sort();
        assert_eq!((list.status.as_u16(), found), (200, ids(&expected)), "{query}");
        let kinds = list.body.as_array().unwrap().iter().map(|email| &email["kind"]);
        assert!(kinds.into_iter().all(|kind| !query.contains("kind") || query.contains(kind.as_str().unwrap())));
    }
}

#[tokio::test]
async fn unauthorized_and_malformed_requests_are_refused() {
    let environment = Environment::new();
    let service = with_notifications(&environment).await;
    let (user1, user2) = (service.token("user1", "customer"), service.token("user2", "customer"));
    let (unknown_user, operator) = (service.token("stranger", "customer"), service.token("otto", "operator"));
    let (organizer, none) = (service.token("user1", "organizer"), String::new());
    let own = service.notification_about(1).await;
    let one = format!("/api/v1/notifications/{}", own.id);
    let get = |path: &str| format!("GET {path}");
    let list = |query: &str| format!("GET /api/v1/notifications{query}");
    let patch = format!("PATCH {one}");
    let unknown = format!("/api/v1/notifications/{}", booking(9));
    let read = r#"{"read": true}"#;
    for (token, what, body, status, field) in [
        (&user2, get(&one), "", 404, ""),
        (&unknown_user, get(&one), "", 404, ""),
        (&operator, get(&unknown), "", 404, ""),
        (&user2, patch.clone(), read, 404, ""),
        (&unknown_user, patch.clone(), read, 404, ""),
        (&operator, format!("PATCH {unknown}"), read, 404, ""),
        (&user1, list("?userId=2"), "", 403, ""),
        (&unknown_user, list("?userId=1"), "", 403, ""),
        (&organizer, list(""), "", 403, ""),
        (&organizer, get(&one), "", 403, ""),
        (&user1, get("/api/v1/mailbox"), "", 403, ""),
        (&none, list(""), "", 401, ""),
        (&none, get(&one), "", 401, ""),
        (&none, patch.clone(), read, 401, ""),
        (&none, get("/api/v1/mailbox"), "", 401, ""),
        (&none, get(&format!("/api/v1/bookings/{}/notifications", booking(1))), "", 401, ""),
        (&user1, get("/api/v1/notifications/7"), "", 400, "id"),
        (&user1, get("/api/v1/bookings/7/notifications"), "", 400, "id"),
        (&user1, get(&format!("/api/v1/bookings/{}/notifications?sort=id", booking(1))), "", 400, "sort"),
        (&user1, list("?userId=0"), "", 400, "userId"),
        (&user1, list("?userId=me"), "", 400, "userId"),
        (&user1, list("?status=lost"), "", 400, "status"),
        (&user1, list("?limit=201"), "", 400, "limit"),
        (&user1, list("?cursor=Ng"), "", 400, "cursor"),
        (&user1, list("?kind=unknown"), "", 400, "kind"),
        (&user1, list("?channel=pigeon"), "", 400, "channel"),
        (&user1, list("?read=maybe"), "", 400, "read"),
        (&user1, list("?eventId=0"), "", 400, "eventId"),
        (&unknown_user, list("?sort=status"), "", 400, "sort"),
        (&operator, get("/api/v1/mailbox?bookingId=7"), "", 400, "bookingId"),
        (&operator, get("/api/v1/mailbox?kind=unknown"), "", 400, "kind"),
        (&operator, get(&format!("/api/v1/mailbox?to={}", "a".repeat(255))), "", 400, "to"),
        (&operator, get("/api/v1/mailbox?from=ada"), "", 400, "from"),
        (&user1, patch.clone(), "{}", 400, "read"),
        (&user1, patch.clone(), r#"{"read": "yes"}"#, 400, "read"),
        (&user1, patch.clone(), r#"{"read": null}"#, 400, "read"),
        (&user1, patch.clone(), r#"{"read": true, "status": "sent"}"#, 400, "status"),
        (&user1, patch.clone(), "", 415, ""),
    ] {
        let refused = service.send(&what, token, body).await;
        let name = refused.body["errors"][0]["field"].as_str().unwrap_or_default();
        assert_eq!((refused.status.as_u16(), name), (status, field), "{what} {body}: {}", refused.body);
    }
    assert!(service.notifications().await.iter().all(|row| !row.is_read));
    assert_eq!(service.send(&patch, &operator, read).await.status, 200, "operators may mark any notification");
}

#[tokio::test]
async fn the_user_of_a_token_is_cached_if_it_is_known() {
    let environment = Environment::new();
    let service = environment.start_without_tasks();
    let calls = || environment.users.calls(BY_SUBJECT);
    let user = service.token("user1", "customer");
    for _ in 0..3 {
        service.send("GET /api/v1/notifications", &user, "").await;
    }
    assert_eq!(calls(), 1);
    let unknown = service.token("user8", "customer");
    for times in [2, 3] {
        assert_eq!(service.send("GET /api/v1/notifications", &unknown, "").await.body, json!([]));
        assert_eq!(calls(), times, "an unknown subject is not cached");
    }
}

#[tokio::test]
async fn every_public_route_is_documented() {
    let service = Environment::new().start_without_tasks();
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
            "get /api/v1/bookings/{id}/notifications",
            "get /api/v1/mailbox",
            "get /api/v1/notifications",
            "get /api/v1/notifications/{id}",
            "patch /api/v1/notifications/{id}",
        ]
    );
}

#[tokio::test]
async fn lists_are_filtered_and_sorted() {
    let environment = Environment::new();
    let service = with_notifications(&environment).await;
    service.consume(&cancelled(1, 1)).await;
    service.clock.advance(std::time::Duration::from_millis(1));
    service.wait_for_emails(4).await;
    let (user1, operator) = (service.token("user1", "customer"), service.token("otto", "operator"));
    let of_one = service.notifications().await.into_iter().find(|row| row.booking_id == booking(3)).unwrap();
    let path = format!("/api/v1/notifications/{}", of_one.id);
    assert_eq!(service.send(&format!("PATCH {path}"), &user1, r#"{"read": true}"#).await.status, 200);
    for (token, query, expected) in [
        (&user1, "read=true", vec![3]),
        (&user1, "read=false", vec![1, 1]),
        (&operator, "read=false", vec![1, 4, 2, 1]),
        (&operator, "kind=booking-cancelled", vec![1]),
        (&operator, "kind=booking-confirmed&status=sent", vec![3, 2, 1]),
        (&operator, "channel=email", vec![1, 4, 3, 2, 1]),
        (&operator, "channel=sms", vec![]),
        (&operator, "sort=createdAt", vec![1, 2, 3, 4, 1]),
        (&operator, "sort=-createdAt&userId=1", vec![1, 3, 1]),
        (&operator, "eventId=1", vec![1, 4, 3, 2, 1]),
        (&user1, "eventId=1&sort=createdAt&read=false", vec![1, 1]),
        (&operator, "eventId=2", vec![]),
    ] {
        let (mut found, mut next) = (Vec::new(), Some(format!("/api/v1/notifications?limit=2&{query}")));
        while let Some(path) = next {
            let page = service.send(&format!("GET {path}"), token, "").await;
            assert_eq!(page.status, 200, "{query}: {}", page.body);
            found.extend(bookings(&page.body));
            let link = page.headers.get("link").map(|link| link.to_str().unwrap());
            next = link.map(|link| link.split(['<', '>']).nth(1).unwrap().to_owned());
        }
        assert_eq!(found, ids(&expected), "{query}");
    }
}

#[tokio::test]
async fn of_two_conditional_changes_one_is_refused() {
    let environment = Environment::new();
    let service = with_notifications(&environment).await;
    let user1 = service.token("user1", "customer");
    let path = format!("/api/v1/notifications/{}", service.notification_about(1).await.id);
    let read = service.send(&format!("GET {path}"), &user1, "").await;
    let etag = read.headers["etag"].to_str().unwrap().to_owned();
    let patch = async |etag: &str, read: bool| {
        let body = json!({"read": read}).to_string();
        service.send_with(&format!("PATCH {path}"), &user1, &[("if-match", etag)], &body).await
    };
    let changed = patch(&etag, true).await;
    assert_eq!((changed.status.as_u16(), &changed.body["read"]), (200, &json!(true)));
    let stale = patch(&etag, false).await;
    assert_eq!((stale.status.as_u16(), &stale.body["code"]), (412, &json!("precondition-failed")));
    assert_eq!(patch(changed.headers["etag"].to_str().unwrap(), false).await.status, 200);
    assert_eq!(patch("etag", false).await.status, 400);
}
