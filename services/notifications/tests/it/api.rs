use std::sync::atomic::Ordering;

use boxoffice_contracts::Reason;
use serde_json::{Value, json};

use crate::setting::*;

/// Two bookings of person 1, one of person 2, all told; and a letter to person 3 that does not go out yet.
async fn told(place: &Place) -> Post {
    place.people.emails.lock().insert(3, "p3@fail.test".into());
    let post = place.open();
    for (n, user) in [(1, 1), (2, 2), (3, 1), (4, 3)] {
        post.hear(&confirmed(n, user)).await;
        // Ids of one millisecond have no order.
        place.hand.advance(std::time::Duration::from_millis(1));
    }
    post.mails(3).await;
    post
}

fn bookings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item["bookingId"].as_str().unwrap().to_owned()).collect()
}

fn ids(numbers: &[u128]) -> Vec<String> {
    numbers.iter().map(|n| booking(*n).to_string()).collect()
}

#[tokio::test]
async fn a_notification_is_read_by_its_customer() {
    let place = Place::new();
    let post = place.open();
    post.hear(&failed(1, 1, Reason::SoldOut)).await;
    post.mails(1).await;
    let user = place.token("user1", "customer");
    let list = post.ask("GET /api/v1/notifications", &user, "").await;
    assert_eq!(list.status, 200);
    let [notification] = list.body.as_array().unwrap().as_slice() else { panic!("{list:?}") };
    let row = post.notifications().await.remove(0);
    assert_eq!(
        *notification,
        json!({
            "id": row.id, "bookingId": booking(1), "userId": 1, "kind": "booking-failed", "channel": "email",
            "subject": "Your booking could not be completed", "message": row.message, "status": "sent", "error": null,
            "read": false, "createdAt": "2030-03-17T17:46:40Z", "sentAt": "2030-03-17T17:46:40Z",
        })
    );
    let path = format!("/api/v1/notifications/{}", row.id);
    assert_eq!(post.ask(&format!("GET {path}"), &user, "").await.body, *notification);
    for read in [true, true, false] {
        let changed = post.ask(&format!("PATCH {path}"), &user, &json!({"read": read}).to_string()).await;
        assert_eq!((changed.status.as_u16(), &changed.body["read"]), (200, &json!(read)));
    }
    assert_eq!(post.notifications().await[0].version, row.version + 2, "repeated, it changes nothing");
    assert_eq!(post.said().await.len(), 1, "that it was read is nobody else's business");
}

#[tokio::test]
async fn lists_are_ones_own_newest_first_and_everyones_for_operators() {
    let place = Place::new();
    let post = told(&place).await;
    let (user1, user2) = (place.token("user1", "customer"), place.token("user2", "customer"));
    let (stranger, operator) = (place.token("stranger", "customer"), place.token("otto", "operator"));
    for (token, query, expected) in [
        (&user1, "", vec![3, 1]),
        (&user1, "?userId=1", vec![3, 1]),
        (&user1, "?status=queued", vec![]),
        (&user2, "", vec![2]),
        (&stranger, "", vec![]),
        (&operator, "", vec![4, 3, 2, 1]),
        (&operator, "?userId=1", vec![3, 1]),
        (&operator, "?userId=9", vec![]),
        (&operator, "?status=sent", vec![3, 2, 1]),
        (&operator, "?status=queued", vec![4]),
        (&operator, "?status=failed&userId=3", vec![]),
    ] {
        let list = post.ask(&format!("GET /api/v1/notifications{query}"), token, "").await;
        assert_eq!((list.status.as_u16(), bookings(&list.body)), (200, ids(&expected)), "{query}");
    }
}

#[tokio::test]
async fn what_a_booking_is_written_about_is_its_owners() {
    let place = Place::new();
    let post = told(&place).await;
    let (user1, user2) = (place.token("user1", "customer"), place.token("user2", "customer"));
    let (stranger, operator) = (place.token("stranger", "customer"), place.token("otto", "operator"));
    for (token, n, expected) in [
        (&user1, 1, Some(vec![1])),
        (&user1, 2, None),
        (&stranger, 1, None),
        (&operator, 2, Some(vec![2])),
        // There is a booking and nothing was written about it yet.
        (&user1, 5, Some(vec![])),
        (&operator, 5, Some(vec![])),
        (&user2, 5, None),
        (&stranger, 5, None),
        (&user1, 9, None),
        (&operator, 9, None),
    ] {
        let list = post.ask(&format!("GET /api/v1/bookings/{}/notifications", booking(n)), token, "").await;
        match expected {
            Some(expected) => assert_eq!((list.status.as_u16(), bookings(&list.body)), (200, ids(&expected)), "{n}"),
            None => assert_eq!((list.status.as_u16(), &list.body["code"]), (404, &json!("not-found")), "{n}"),
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let place = Place::new();
    let post = told(&place).await;
    let operator = place.token("otto", "operator");
    for (list, expected) in [
        ("/api/v1/notifications?limit=3", vec![ids(&[4, 3, 2]), ids(&[1])]),
        ("/api/v1/notifications?limit=1&userId=1", vec![ids(&[3]), ids(&[1])]),
        ("/api/v1/mailbox?limit=2", vec![ids(&[3, 2]), ids(&[1])]),
    ] {
        let (mut seen, mut next) = (Vec::new(), Some(list.to_owned()));
        while let Some(path) = next {
            let page = post.ask(&format!("GET {path}"), &operator, "").await;
            seen.push(bookings(&page.body));
            let link = page.headers.get("link").map(|link| link.to_str().unwrap());
            next = link.map(|link| link.split(['<', '>']).nth(1).unwrap().to_owned());
        }
        assert_eq!(seen, expected, "{list}");
    }
}

#[tokio::test]
async fn operators_look_into_the_mailbox() {
    let place = Place::new();
    let post = told(&place).await;
    let operator = place.token("otto", "operator");
    let of_one = post.ask(&format!("GET /api/v1/mailbox?bookingId={}", booking(2)), &operator, "").await;
    let letter = post.mailbox().await.into_iter().find(|letter| letter.booking_id == booking(2)).unwrap();
    assert_eq!(
        of_one.body,
        json!([{
            "messageId": letter.message_id, "bookingId": booking(2), "kind": "booking-confirmed", "to": "p2@example.com",
            "subject": "Your booking is confirmed", "body": letter.body, "sentAt": letter.sent_at.to_string(),
        }])
    );
    let all = post.ask("GET /api/v1/mailbox", &operator, "").await;
    assert_eq!(bookings(&all.body), ids(&[3, 2, 1]));
    assert_eq!(post.ask(&format!("GET /api/v1/mailbox?bookingId={}", booking(9)), &operator, "").await.body, json!([]));
}

#[tokio::test]
async fn letters_are_found_by_recipient_and_kind() {
    let place = Place::new();
    let post = place.open();
    post.hear(&confirmed(1, 1)).await;
    post.hear(&confirmed(2, 2)).await;
    post.hear(&failed(3, 1, Reason::Declined)).await;
    post.mails(3).await;
    let operator = place.token("otto", "operator");
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
        let list = post.ask(&format!("GET /api/v1/mailbox?{query}"), &operator, "").await;
        let mut found = bookings(&list.body);
        found.sort();
        assert_eq!((list.status.as_u16(), found), (200, ids(&expected)), "{query}");
        let kinds = list.body.as_array().unwrap().iter().map(|letter| &letter["kind"]);
        assert!(kinds.into_iter().all(|kind| !query.contains("kind") || query.contains(kind.as_str().unwrap())));
    }
}

#[tokio::test]
async fn what_is_not_ones_own_or_not_well_formed_is_refused() {
    let place = Place::new();
    let post = told(&place).await;
    let (user1, user2) = (place.token("user1", "customer"), place.token("user2", "customer"));
    let (stranger, operator) = (place.token("stranger", "customer"), place.token("otto", "operator"));
    let (organizer, nobody) = (place.token("user1", "organizer"), String::new());
    let own = post.about(1).await;
    let one = format!("/api/v1/notifications/{}", own.id);
    let get = |path: &str| format!("GET {path}");
    let list = |query: &str| format!("GET /api/v1/notifications{query}");
    let patch = format!("PATCH {one}");
    let unknown = format!("/api/v1/notifications/{}", booking(9));
    let read = r#"{"read": true}"#;
    for (token, what, body, status, field) in [
        (&user2, get(&one), "", 404, ""),
        (&stranger, get(&one), "", 404, ""),
        (&operator, get(&unknown), "", 404, ""),
        (&user2, patch.clone(), read, 404, ""),
        (&stranger, patch.clone(), read, 404, ""),
        (&operator, format!("PATCH {unknown}"), read, 404, ""),
        (&user1, list("?userId=2"), "", 403, ""),
        (&stranger, list("?userId=1"), "", 403, ""),
        (&organizer, list(""), "", 403, ""),
        (&organizer, get(&one), "", 403, ""),
        (&user1, get("/api/v1/mailbox"), "", 403, ""),
        (&nobody, list(""), "", 401, ""),
        (&nobody, get(&one), "", 401, ""),
        (&nobody, patch.clone(), read, 401, ""),
        (&nobody, get("/api/v1/mailbox"), "", 401, ""),
        (&nobody, get(&format!("/api/v1/bookings/{}/notifications", booking(1))), "", 401, ""),
        (&user1, get("/api/v1/notifications/7"), "", 400, "id"),
        (&user1, get("/api/v1/bookings/7/notifications"), "", 400, "id"),
        (&user1, get(&format!("/api/v1/bookings/{}/notifications?sort=id", booking(1))), "", 400, "sort"),
        (&user1, list("?userId=0"), "", 400, "userId"),
        (&user1, list("?userId=me"), "", 400, "userId"),
        (&user1, list("?status=lost"), "", 400, "status"),
        (&user1, list("?limit=201"), "", 400, "limit"),
        (&user1, list("?cursor=Ng"), "", 400, "cursor"),
        (&user1, list("?kind=love"), "", 400, "kind"),
        (&user1, list("?channel=pigeon"), "", 400, "channel"),
        (&user1, list("?read=maybe"), "", 400, "read"),
        (&user1, list("?eventId=0"), "", 400, "eventId"),
        (&stranger, list("?sort=status"), "", 400, "sort"),
        (&operator, get("/api/v1/mailbox?bookingId=7"), "", 400, "bookingId"),
        (&operator, get("/api/v1/mailbox?kind=love"), "", 400, "kind"),
        (&operator, get(&format!("/api/v1/mailbox?to={}", "a".repeat(255))), "", 400, "to"),
        (&operator, get("/api/v1/mailbox?from=ada"), "", 400, "from"),
        (&user1, patch.clone(), "{}", 400, "read"),
        (&user1, patch.clone(), r#"{"read": "yes"}"#, 400, "read"),
        (&user1, patch.clone(), r#"{"read": null}"#, 400, "read"),
        (&user1, patch.clone(), r#"{"read": true, "status": "sent"}"#, 400, "status"),
        (&user1, patch.clone(), "", 415, ""),
    ] {
        let refused = post.ask(&what, token, body).await;
        let named = refused.body["errors"][0]["field"].as_str().unwrap_or_default();
        assert_eq!((refused.status.as_u16(), named), (status, field), "{what} {body}: {}", refused.body);
    }
    assert!(post.notifications().await.iter().all(|row| !row.is_read));
    assert_eq!(post.ask(&patch, &operator, read).await.status, 200, "operators may");
}

#[tokio::test]
async fn whose_a_token_is_is_asked_once_when_it_is_known() {
    let place = Place::new();
    let post = place.idle();
    let asked = || place.people.asked_whose.load(Ordering::SeqCst);
    let user = place.token("user1", "customer");
    for _ in 0..3 {
        post.ask("GET /api/v1/notifications", &user, "").await;
    }
    assert_eq!(asked(), 1);
    let stranger = place.token("user8", "customer");
    for times in [2, 3] {
        assert_eq!(post.ask("GET /api/v1/notifications", &stranger, "").await.body, json!([]));
        assert_eq!(asked(), times, "that somebody is unknown is not remembered");
    }
}

#[tokio::test]
async fn every_public_route_is_documented_in_words() {
    let (_, assembled) = Place::new().assemble(&[], None).unwrap();
    let document = serde_json::to_value(assembled.api.split_for_parts().1).unwrap();
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
async fn lists_are_filtered_by_what_was_read_and_what_it_is_about() {
    let place = Place::new();
    let post = told(&place).await;
    post.hear(&cancelled(1, 1)).await;
    place.hand.advance(std::time::Duration::from_millis(1));
    post.mails(4).await;
    let (user1, operator) = (place.token("user1", "customer"), place.token("otto", "operator"));
    let of_one = post.notifications().await.into_iter().find(|row| row.booking_id == booking(3)).unwrap();
    let path = format!("/api/v1/notifications/{}", of_one.id);
    assert_eq!(post.ask(&format!("PATCH {path}"), &user1, r#"{"read": true}"#).await.status, 200);
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
        let (mut seen, mut next) = (Vec::new(), Some(format!("/api/v1/notifications?limit=2&{query}")));
        while let Some(path) = next {
            let page = post.ask(&format!("GET {path}"), token, "").await;
            assert_eq!(page.status, 200, "{query}: {}", page.body);
            seen.extend(bookings(&page.body));
            let link = page.headers.get("link").map(|link| link.to_str().unwrap());
            next = link.map(|link| link.split(['<', '>']).nth(1).unwrap().to_owned());
        }
        assert_eq!(seen, ids(&expected), "{query}");
    }
}

#[tokio::test]
async fn of_two_who_have_seen_the_same_notification_one_changes_it() {
    let place = Place::new();
    let post = told(&place).await;
    let user1 = place.token("user1", "customer");
    let path = format!("/api/v1/notifications/{}", post.about(1).await.id);
    let read = post.ask(&format!("GET {path}"), &user1, "").await;
    let seen = read.headers["etag"].to_str().unwrap().to_owned();
    let patch = async |etag: &str, read: bool| {
        let body = json!({"read": read}).to_string();
        post.ask_with(&format!("PATCH {path}"), &user1, &[("if-match", etag)], &body).await
    };
    let changed = patch(&seen, true).await;
    assert_eq!((changed.status.as_u16(), &changed.body["read"]), (200, &json!(true)));
    let stale = patch(&seen, false).await;
    assert_eq!((stale.status.as_u16(), &stale.body["code"]), (412, &json!("precondition-failed")));
    assert_eq!(patch(changed.headers["etag"].to_str().unwrap(), false).await.status, 200);
    assert_eq!(patch("seen", false).await.status, 400);
}
