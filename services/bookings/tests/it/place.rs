//! `POST /bookings`: what is answered, kept and said; bad input; who may book for whom.

use std::time::Duration;

use axum::http::Method;
use boxoffice_contracts::{Reason, UserId, events::UserSaved};
use serde_json::json;

use crate::{
    events::{message, order_confirmed, order_failed},
    house::{House, TWO, until},
    neighbors::Hold,
};

#[tokio::test]
async fn a_booking_is_answered_kept_and_said() {
    let house = House::new().await;
    let answer = house.book("ann", &[], TWO).await;
    let id = answer.id();
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("location"), Some(format!("/api/v1/bookings/{id}").as_str()));
    assert_eq!(
        answer.body,
        json!({
            "id": id.to_string(), "userId": 7, "total": 51.00, "currency": "EUR", "status": "PENDING", "reason": null,
            "refund": "none", "tickets": [], "createdAt": "2030-01-01T00:00:00Z",
            "lines": [{"ticketTypeId": 5, "eventId": 3, "name": "Floor", "quantity": 2, "unitPrice": 25.50,
                "amount": 51.00}],
            "timeline": [{"at": "2030-01-01T00:00:00Z", "state": "PENDING", "by": "ann", "note": null}],
        })
    );
    assert_eq!(house.said().await, ["BookingCreated"]);
    let said = house.last().await;
    assert_eq!((&said["bookingId"], &said["userId"]), (&json!(id.to_string()), &json!("7")));
    assert_eq!((&said["ticketCount"], &said["paymentToken"]), (&json!(2), &json!("tok_ok")));
    let held = house.neighbors.with(|known| known.holds[0].clone());
    assert_eq!((held.id, held.owner.as_str()), (id.to_string(), "ann"));
    let read = house.get(&format!("/api/v1/bookings/{id}"), "ann").await;
    assert_eq!((read.status, read.body), (200, answer.body));
}

#[tokio::test]
async fn bad_input_names_the_field_and_changes_nothing() {
    let house = House::new().await;
    for (body, code, field) in [
        ("{}", "invalid", "lines"),
        (r#"{"lines":[]}"#, "invalid", "lines"),
        (r#"{"lines":[{"ticketTypeId":5,"quantity":0}]}"#, "invalid", "lines[0].quantity"),
        (r#"{"lines":[{"ticketTypeId":5,"quantity":101}]}"#, "invalid", "lines[0].quantity"),
        (r#"{"lines":[{"quantity":1}]}"#, "invalid", "lines[0].ticketTypeId"),
        (r#"{"lines":[{"ticketTypeId":5,"eventId":3,"quantity":1}]}"#, "invalid", "lines[0].ticketTypeId"),
        (r#"{"lines":[{"ticketTypeId":5,"quantity":1}],"price":1}"#, "invalid", "price"),
        (r#"{"holdId":"x"}"#, "invalid", "holdId"),
        (
            r#"{"holdId":"00000000-0000-7000-8000-000000000001","lines":[{"ticketTypeId":5,"quantity":1}]}"#,
            "invalid",
            "holdId",
        ),
    ] {
        let answer = house.book("ann", &[], body).await;
        assert_eq!(answer.code(), (400, code), "{body}");
        assert_eq!(answer.body["errors"][0]["field"], field, "{body}: {}", answer.body);
    }
    let unknown = house.book("ann", &[], r#"{"lines":[{"ticketTypeId":5,"quantity":1}],"paymentToken":"nope"}"#).await;
    assert_eq!(unknown.code(), (400, "unknown-payment-token"));
    assert_eq!(unknown.body["errors"][0]["field"], "paymentToken");
    let long = format!(r#"{{"lines":[{{"ticketTypeId":5,"quantity":1}}],"paymentToken":"{}"}}"#, "x".repeat(256));
    let long = house.book("ann", &[], &long).await;
    assert_eq!((long.code(), &long.body["errors"][0]["field"]), ((400, "invalid"), &"paymentToken".into()));
    assert_eq!((house.bookings().await, house.said().await.len()), (0, 0));
    assert!(house.neighbors.with(|known| known.holds.is_empty()));
}

#[tokio::test]
async fn card_numbers_are_refused_wherever_they_stand_and_not_repeated() {
    let house = House::new().await;
    for body in [
        r#"{"lines":[{"ticketTypeId":5,"quantity":1}],"paymentToken":"4242 4242 4242 4242"}"#,
        r#"{"lines":[{"ticketTypeId":5,"quantity":1}],"cardNumber":"4242424242424242"}"#,
        r#"{"lines":[{"ticketTypeId":5,"quantity":1,"note":"5555-5555-5555-4444"}]}"#,
    ] {
        let answer = house.book("ann", &[], body).await;
        assert_eq!(answer.code(), (400, "card-data-refused"), "{body}");
        assert!(!answer.body.to_string().contains("4242") && !answer.body.to_string().contains("5555"));
    }
    assert_eq!(house.bookings().await, 0);
}

#[tokio::test]
async fn a_known_payment_token_is_asked_about_once() {
    let house = House::new().await;
    for _ in 0..3 {
        house.booked().await;
    }
    assert_eq!(house.neighbors.with(|known| known.asked_payments), 1);
}

#[tokio::test]
async fn whoever_has_no_profile_is_told_so_and_users_is_asked_about_the_others_once() {
    let house = House::new().await;
    assert_eq!(house.book("carl", &[], TWO).await.code(), (409, "profile-missing"));
    house.neighbors.with(|known| known.users.push(("auth0|ea/5".into(), 9)));
    let before = house.neighbors.with(|known| known.asked_users);
    for _ in 0..2 {
        let answer = house.book("auth0|ea/5", &[], TWO).await;
        assert_eq!((answer.status, &answer.body["userId"]), (201, &json!(9)));
    }
    assert_eq!(house.neighbors.with(|known| known.asked_users), before + 1);
}

#[tokio::test]
async fn a_user_who_is_gone_books_nothing() {
    let house = House::new().await;
    let gone = UserSaved { user_id: UserId::from(7), subject: Some("ann".into()), deleted: true, version: 2 };
    house.hear(&message(&gone)).await.unwrap();
    assert_eq!(house.book("ann", &[], TWO).await.code(), (409, "profile-missing"));
    let named = r#"{"lines":[{"ticketTypeId":5,"quantity":2}],"userId":7}"#;
    assert_eq!(house.book("otto", &[], named).await.code(), (404, "not-found"));
}

#[tokio::test]
async fn operators_book_for_anyone_and_customers_for_themselves() {
    let house = House::new().await;
    let for_user = |user: i64| format!(r#"{{"lines":[{{"ticketTypeId":5,"quantity":2}}],"userId":{user}}}"#);
    let answer = house.book("otto", &[], &for_user(8)).await;
    assert_eq!((answer.status, &answer.body["userId"]), (201, &json!(8)));
    assert_eq!(answer.body["timeline"][0]["by"], "otto");
    house.neighbors.with(|known| known.users.push(("dora".into(), 11)));
    assert_eq!(house.book("otto", &[], &for_user(11)).await.body["userId"], 11);
    assert_eq!(house.book("otto", &[], &for_user(12)).await.code(), (404, "not-found"));
    assert_eq!(house.book("otto", &[], TWO).await.code(), (409, "profile-missing"), "an operator is nobody's customer");
    assert_eq!(house.book("ann", &[], &for_user(8)).await.code(), (403, "forbidden"));
    assert_eq!(house.book("carl", &[], &for_user(8)).await.code(), (403, "forbidden"));
    assert_eq!(house.book("ann", &[], &for_user(7)).await.status, 201, "one's own is no other's");
    assert_eq!(house.book("olga", &[], TWO).await.code(), (403, "forbidden"), "an organizer's token is no customer's");
    assert_eq!(house.bookings().await, 3);
}

#[tokio::test]
async fn a_refusal_of_inventory_is_passed_on() {
    let house = House::new().await;
    house.neighbors.with(|known| known.left = Some(1));
    let answer = house.book("ann", &[], TWO).await;
    assert_eq!(answer.code(), (409, "sold-out"));
    assert_eq!(answer.body["detail"], "because of sold-out");
    let unknown = house.book("ann", &[], r#"{"lines":[{"ticketTypeId":404,"quantity":1}]}"#).await;
    assert_eq!(unknown.code(), (404, "not-found"));
    assert_eq!((house.bookings().await, house.said().await.len()), (0, 0));
}

#[tokio::test]
async fn a_hold_makes_one_booking_which_takes_its_id() {
    let house = House::new().await;
    let id = "01930000-0000-7000-8000-00000000000a".to_owned();
    let hold = Hold { id: id.clone(), owner: "ann".into(), status: "held", quantity: 2 };
    house.neighbors.with(|known| known.holds.push(hold));
    let body = format!(r#"{{"holdId":"{id}"}}"#);
    assert_eq!(house.book("bob", &[], &body).await.code(), (404, "not-found"), "the hold is Ann's");
    let answer = house.book("ann", &[], &body).await;
    assert_eq!((answer.status, answer.body["id"].as_str()), (201, Some(id.as_str())));
    assert_eq!(house.book("ann", &[], &body).await.code(), (409, "hold-used"));
    house.neighbors.with(|known| known.holds[0].status = "claimed");
    assert_eq!(house.book("ann", &[], &body).await.code(), (409, "hold-used"));
    assert_eq!(house.bookings().await, 1);
    assert!(house.neighbors.with(|known| known.released.is_empty()), "the booking needs its hold");
}

#[tokio::test]
async fn who_prefers_to_wait_is_answered_at_the_end() {
    let house = House::new().await;
    let waiting = house.request(Method::POST, "/api/v1/bookings", "ann", &[("prefer", "wait=5")], TWO);
    let waiting = tokio::spawn(waiting.answer());
    until(async || house.bookings().await == 1).await;
    let id = house.neighbors.with(|known| known.holds[0].id.parse().unwrap());
    assert!(!waiting.is_finished());
    house.hear(&order_confirmed(id)).await.unwrap();
    let answer = waiting.await.unwrap();
    assert_eq!((answer.status, &answer.body["status"]), (201, &json!("CONFIRMED")));
    assert_eq!(answer.header("preference-applied"), Some("wait=5"));
    assert_eq!(answer.body["tickets"].as_array().unwrap().len(), 2);
    assert_eq!(answer.body["tickets"][0]["code"].as_str().unwrap().len(), 16);
}

#[tokio::test]
async fn nobody_waits_longer_than_preferred() {
    let house = House::new().await;
    let waiting = house.request(Method::POST, "/api/v1/bookings", "ann", &[("prefer", "wait=2")], TWO);
    let waiting = tokio::spawn(waiting.answer());
    until(async || house.bookings().await == 1).await;
    while !waiting.is_finished() {
        house.hand.advance(Duration::from_millis(100));
        // A read of its own takes as long as one of whoever waits.
        assert_eq!(house.bookings().await, 1);
    }
    let answer = waiting.await.unwrap();
    assert_eq!((answer.status, &answer.body["status"]), (201, &json!("PENDING")), "{answer:?}");
    assert!(house.hand.now() >= crate::house::start_of_time().plus(Duration::from_secs(2)));
    assert_eq!(house.book("ann", &[], TWO).await.header("preference-applied"), None);
}

#[tokio::test]
async fn too_many_open_bookings_are_refused_before_any_work() {
    let settings = vec![("BOXOFFICE_BOOKINGS_MAX_OPEN", "1")];
    let opening = crate::house::Opening { settings, probe: None };
    let house = House::with(opening).await;
    let first = house.booked().await;
    house.told();
    let refused = house.book("ann", &[], TWO).await;
    assert_eq!(refused.code(), (503, "busy"));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(house.neighbors.with(|known| known.holds.len()), 1);

    let settings = vec![("BOXOFFICE_BOOKINGS_MAX_OPEN", "1")];
    let house = house.reopen(Duration::ZERO, crate::house::Opening { settings, probe: None });
    assert_eq!(house.book("ann", &[], TWO).await.code(), (503, "busy"), "what is open is counted at the start");
    house.hear(&order_failed(first, Reason::Declined)).await.unwrap();
    house.told();
    assert_eq!(house.book("ann", &[], TWO).await.status, 201);
}
