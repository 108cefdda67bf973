//! `POST /bookings`: response, stored rows and published events; bad input; permissions.

use std::time::Duration;

use axum::http::Method;
use boxoffice_contracts::{Reason, UserId, events::UserSaved};
use serde_json::json;

use crate::{
    clients::Hold,
    events::{message, order_confirmed, order_failed},
    harness::{BookingResponse as _, TWO, TestBookings, until},
};

#[tokio::test]
async fn a_booking_is_answered_stored_and_published() {
    let service = TestBookings::new().await;
    let answer = service.book("ann", &[], TWO).await;
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
    assert_eq!(service.published_kinds().await, ["BookingCreated"]);
    let published = service.last_published().await;
    assert_eq!((&published["bookingId"], &published["userId"]), (&json!(id.to_string()), &json!("7")));
    assert_eq!((&published["ticketCount"], &published["paymentToken"]), (&json!(2), &json!("tok_ok")));
    let held = service.fakes.with(|known| known.holds[0].clone());
    assert_eq!((held.id, held.owner.as_str()), (id.to_string(), "ann"));
    let read = service.get(&format!("/api/v1/bookings/{id}"), "ann").await;
    assert_eq!((read.status.as_u16(), read.body), (200, answer.body));
}

#[tokio::test]
async fn bad_input_names_the_field_and_changes_nothing() {
    let service = TestBookings::new().await;
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
        let answer = service.book("ann", &[], body).await;
        assert_eq!(answer.code(), (400, code), "{body}");
        assert_eq!(answer.body["errors"][0]["field"], field, "{body}: {}", answer.body);
    }
    let unknown =
        service.book("ann", &[], r#"{"lines":[{"ticketTypeId":5,"quantity":1}],"paymentToken":"nope"}"#).await;
    assert_eq!(unknown.code(), (400, "unknown-payment-token"));
    assert_eq!(unknown.body["errors"][0]["field"], "paymentToken");
    let long = format!(r#"{{"lines":[{{"ticketTypeId":5,"quantity":1}}],"paymentToken":"{}"}}"#, "x".repeat(256));
    let long = service.book("ann", &[], &long).await;
    assert_eq!((long.code(), &long.body["errors"][0]["field"]), ((400, "invalid"), &"paymentToken".into()));
    assert_eq!((service.bookings().await, service.published_kinds().await.len()), (0, 0));
    assert!(service.fakes.with(|known| known.holds.is_empty()));
}

#[tokio::test]
async fn card_numbers_are_refused_in_every_field_and_not_repeated() {
    let service = TestBookings::new().await;
    for body in [
        r#"{"lines":[{"ticketTypeId":5,"quantity":1}],"paymentToken":"4242 4242 4242 4242"}"#,
        r#"{"lines":[{"ticketTypeId":5,"quantity":1}],"cardNumber":"4242424242424242"}"#,
        r#"{"lines":[{"ticketTypeId":5,"quantity":1,"note":"5555-5555-5555-4444"}]}"#,
    ] {
        let answer = service.book("ann", &[], body).await;
        assert_eq!(answer.code(), (400, "card-data-refused"), "{body}");
        assert!(!answer.body.to_string().contains("4242") && !answer.body.to_string().contains("5555"));
    }
    assert_eq!(service.bookings().await, 0);
}

#[tokio::test]
async fn a_known_payment_token_is_cached() {
    let service = TestBookings::new().await;
    for _ in 0..3 {
        service.booked().await;
    }
    assert_eq!(service.calls("payments"), 1);
}

#[tokio::test]
async fn a_caller_without_a_profile_is_refused_and_found_users_are_cached() {
    let service = TestBookings::new().await;
    assert_eq!(service.book("carl", &[], TWO).await.code(), (409, "profile-missing"));
    service.fakes.with(|known| known.users.push(("auth0|ea/5".into(), 9)));
    let before = service.calls("users");
    for _ in 0..2 {
        let answer = service.book("auth0|ea/5", &[], TWO).await;
        assert_eq!((answer.status.as_u16(), &answer.body["userId"]), (201, &json!(9)));
    }
    assert_eq!(service.calls("users"), before + 1);
}

#[tokio::test]
async fn a_deleted_user_cannot_book() {
    let service = TestBookings::new().await;
    let gone = UserSaved { user_id: UserId::from(7), subject: Some("ann".into()), deleted: true, version: 2 };
    service.deliver_message(&message(&gone)).await.unwrap();
    assert_eq!(service.book("ann", &[], TWO).await.code(), (409, "profile-missing"));
    let named = r#"{"lines":[{"ticketTypeId":5,"quantity":2}],"userId":7}"#;
    assert_eq!(service.book("otto", &[], named).await.code(), (404, "not-found"));
}

#[tokio::test]
async fn operators_book_for_anyone_and_customers_for_themselves() {
    let service = TestBookings::new().await;
    let for_user = |user: i64| format!(r#"{{"lines":[{{"ticketTypeId":5,"quantity":2}}],"userId":{user}}}"#);
    let answer = service.book("otto", &[], &for_user(8)).await;
    assert_eq!((answer.status.as_u16(), &answer.body["userId"]), (201, &json!(8)));
    assert_eq!(answer.body["timeline"][0]["by"], "otto");
    service.fakes.with(|known| known.users.push(("dora".into(), 11)));
    assert_eq!(service.book("otto", &[], &for_user(11)).await.body["userId"], 11);
    assert_eq!(service.book("otto", &[], &for_user(12)).await.code(), (404, "not-found"));
    assert_eq!(service.book("otto", &[], TWO).await.code(), (409, "profile-missing"), "an operator has no profile");
    assert_eq!(service.book("ann", &[], &for_user(8)).await.code(), (403, "forbidden"));
    assert_eq!(service.book("carl", &[], &for_user(8)).await.code(), (403, "forbidden"));
    assert_eq!(service.book("ann", &[], &for_user(7)).await.status, 201, "the own id is allowed");
    assert_eq!(
        service.book("olga", &[], TWO).await.code(),
        (403, "forbidden"),
        "an organizer's token is no customer's"
    );
    assert_eq!(service.bookings().await, 3);
}

#[tokio::test]
async fn a_refusal_of_inventory_is_passed_on() {
    let service = TestBookings::new().await;
    service.fakes.with(|known| known.left = Some(1));
    let answer = service.book("ann", &[], TWO).await;
    assert_eq!(answer.code(), (409, "sold-out"));
    assert_eq!(answer.body["detail"], "because of sold-out");
    let unknown = service.book("ann", &[], r#"{"lines":[{"ticketTypeId":404,"quantity":1}]}"#).await;
    assert_eq!(unknown.code(), (404, "not-found"));
    assert_eq!((service.bookings().await, service.published_kinds().await.len()), (0, 0));
}

#[tokio::test]
async fn a_hold_makes_one_booking_which_takes_its_id() {
    let service = TestBookings::new().await;
    let id = "01930000-0000-7000-8000-00000000000a".to_owned();
    let hold = Hold { id: id.clone(), owner: "ann".into(), status: "held", quantity: 2 };
    service.fakes.with(|known| known.holds.push(hold));
    let body = format!(r#"{{"holdId":"{id}"}}"#);
    assert_eq!(service.book("bob", &[], &body).await.code(), (404, "not-found"), "the hold is Ann's");
    let answer = service.book("ann", &[], &body).await;
    assert_eq!((answer.status.as_u16(), answer.body["id"].as_str()), (201, Some(id.as_str())));
    assert_eq!(service.book("ann", &[], &body).await.code(), (409, "hold-used"));
    service.fakes.with(|known| known.holds[0].status = "claimed");
    assert_eq!(service.book("ann", &[], &body).await.code(), (409, "hold-used"));
    assert_eq!(service.bookings().await, 1);
    assert!(service.fakes.with(|known| known.released.is_empty()), "the booking needs its hold");
}

#[tokio::test]
async fn prefer_wait_answers_at_the_final_status() {
    let service = TestBookings::new().await;
    let waiting = service.request(Method::POST, "/api/v1/bookings", "ann", &[("prefer", "wait=5")], TWO);
    let waiting = tokio::spawn(waiting);
    until(async || service.bookings().await == 1).await;
    let id = service.fakes.with(|known| known.holds[0].id.parse().unwrap());
    assert!(!waiting.is_finished());
    service.deliver_message(&order_confirmed(id)).await.unwrap();
    let answer = waiting.await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body["status"]), (201, &json!("CONFIRMED")));
    assert_eq!(answer.header("preference-applied"), Some("wait=5"));
    assert_eq!(answer.body["tickets"].as_array().unwrap().len(), 2);
    assert_eq!(answer.body["tickets"][0]["code"].as_str().unwrap().len(), 16);
}

#[tokio::test]
async fn prefer_wait_ends_after_the_preferred_time() {
    let service = TestBookings::new().await;
    let waiting = service.request(Method::POST, "/api/v1/bookings", "ann", &[("prefer", "wait=2")], TWO);
    let waiting = tokio::spawn(waiting);
    until(async || service.bookings().await == 1).await;
    while !waiting.is_finished() {
        service.clock.advance(Duration::from_millis(100));
        // This read takes as long as a read of the waiting request.
        assert_eq!(service.bookings().await, 1);
    }
    let answer = waiting.await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body["status"]), (201, &json!("PENDING")), "{answer:?}");
    assert!(service.clock.now() >= crate::harness::start_of_time().plus(Duration::from_secs(2)));
    assert_eq!(service.book("ann", &[], TWO).await.header("preference-applied"), None);
}

#[tokio::test]
async fn too_many_open_bookings_are_refused_before_any_work() {
    let settings = vec![("BOXOFFICE_BOOKINGS_MAX_OPEN", "1")];
    let options = crate::harness::Options { settings, probe: None };
    let service = TestBookings::with(options).await;
    let first = service.booked().await;
    service.wait_for_signals();
    let refused = service.book("ann", &[], TWO).await;
    assert_eq!(refused.code(), (503, "busy"));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(service.fakes.with(|known| known.holds.len()), 1);

    let settings = vec![("BOXOFFICE_BOOKINGS_MAX_OPEN", "1")];
    let service = service.restart_after(Duration::ZERO, crate::harness::Options { settings, probe: None });
    assert_eq!(service.book("ann", &[], TWO).await.code(), (503, "busy"), "open bookings are counted at the start");
    service.deliver_message(&order_failed(first, Reason::Declined)).await.unwrap();
    service.wait_for_signals();
    assert_eq!(service.book("ann", &[], TWO).await.status, 201);
}
