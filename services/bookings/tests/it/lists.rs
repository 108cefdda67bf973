//! Reading and listing: visibility and order.

use boxoffice_contracts::{BookingId, events::PlacedThrough};
use serde_json::Value;

use crate::{
    events::{order_confirmed, order_created},
    harness::{BookingResponse as _, TWO, TestBookings, booking},
};
use boxoffice_testkit::TestResponse;

fn ids(answer: &TestResponse) -> Vec<BookingId> {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().parse().unwrap()).collect()
}

/// Three bookings of Ann and one of Bob, in this order; the first is confirmed.
async fn four(service: &TestBookings) -> (Vec<BookingId>, BookingId) {
    let mut anns = Vec::new();
    for _ in 0..3 {
        anns.push(service.booked().await);
        service.clock.advance(std::time::Duration::from_millis(5));
    }
    service.deliver_message(&order_confirmed(anns[0])).await.unwrap();
    (anns, service.book("bob", &[], TWO).await.id())
}

#[tokio::test]
async fn customers_list_their_own_bookings_newest_first_page_by_page() {
    let service = TestBookings::new().await;
    let (anns, bobs) = four(&service).await;
    let first = service.get("/api/v1/bookings?limit=2", "ann").await;
    assert_eq!(ids(&first), [anns[2], anns[1]]);
    let link = first.header("link").unwrap();
    let next = link.strip_prefix('<').unwrap().split('>').next().unwrap();
    let second = service.get(next, "ann").await;
    assert_eq!((ids(&second), second.header("link")), (vec![anns[0]], None));
    assert_eq!(second.body[0]["tickets"].as_array().unwrap().len(), 2);
    assert_eq!(first.body[0]["tickets"], Value::Array(Vec::new()));
    assert_eq!(ids(&service.get("/api/v1/bookings", "bob").await), [bobs]);
    assert_eq!(ids(&service.get("/api/v1/bookings", "otto").await), [bobs, anns[2], anns[1], anns[0]]);
    assert!(ids(&service.get("/api/v1/bookings", "carl").await).is_empty(), "the list of an unknown user is empty");
}

#[tokio::test]
async fn lists_are_filtered() {
    let service = TestBookings::new().await;
    let (anns, bobs) = four(&service).await;
    let list = async |query: &str, subject: &str| service.get(&format!("/api/v1/bookings?{query}"), subject).await;
    assert_eq!(ids(&list("status=CONFIRMED", "ann").await), [anns[0]]);
    assert_eq!(ids(&list("status=PENDING&eventId=3", "ann").await), [anns[2], anns[1]]);
    assert!(ids(&list("eventId=4", "ann").await).is_empty());
    assert_eq!(ids(&list("userId=7&limit=1", "ann").await), [anns[2]]);
    assert_eq!(ids(&list("userId=8", "otto").await), [bobs]);
    assert_eq!(ids(&list("eventId=3&userId=8", "otto").await), [bobs]);
    assert_eq!(ids(&list("sort=createdAt", "otto").await), [anns[0], anns[1], anns[2], bobs]);
    assert_eq!(ids(&list("sort=-createdAt&userId=7", "otto").await), [anns[2], anns[1], anns[0]]);
    assert_eq!(ids(&list("sort=createdAt&eventId=3&status=PENDING", "ann").await), [anns[1], anns[2]]);
    let first = list("sort=createdAt&eventId=3&limit=2", "ann").await;
    let next = first.header("link").unwrap().strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
    assert_eq!((ids(&first), ids(&service.get(&next, "ann").await)), (vec![anns[0], anns[1]], vec![anns[2]]));
    assert_eq!(list("sort=total", "ann").await.code(), (400, "invalid"));
    assert_eq!(list("sort=total", "carl").await.code(), (400, "invalid"));
    assert_eq!(list("userId=8", "ann").await.code(), (403, "forbidden"));
    assert_eq!(list("userId=8", "carl").await.code(), (403, "forbidden"));
    assert_eq!(list("status=DONE", "ann").await.code(), (400, "invalid"));
    assert_eq!(list("limit=201", "ann").await.code(), (400, "invalid"));
}

#[tokio::test]
async fn another_users_booking_is_not_found() {
    let service = TestBookings::new().await;
    let (anns, bobs) = four(&service).await;
    let read = async |id: BookingId, subject: &str| service.get(&format!("/api/v1/bookings/{id}"), subject).await;
    assert_eq!(read(bobs, "ann").await.code(), (404, "not-found"));
    assert_eq!(read(anns[0], "carl").await.code(), (404, "not-found"));
    assert_eq!(read(booking(1), "ann").await.code(), (404, "not-found"));
    assert_eq!(read(anns[0], "ann").await.status, 200);
    assert_eq!(read(bobs, "otto").await.status, 200);
    assert_eq!(service.get("/api/v1/bookings/x", "ann").await.code(), (400, "invalid"));
}

#[tokio::test]
async fn a_user_without_a_copy_reads_their_own_booking() {
    let service = TestBookings::new().await;
    service.fakes.with(|known| known.users.push(("anna".into(), 7)));
    service.deliver_message(&order_created(booking(5), PlacedThrough::Orders)).await.unwrap();
    // Ann is user 7 here; Anna is a second subject that users knows and the copy does not.
    let path = format!("/api/v1/bookings/{}", booking(5));
    assert_eq!(service.get(&path, "anna").await.status, 200);
    assert_eq!(service.get(&path, "bob").await.status, 404);
}

#[tokio::test]
async fn organizers_list_the_bookings_of_their_events() {
    let service = TestBookings::new().await;
    let (anns, bobs) = four(&service).await;
    let list = async |path: &str, subject: &str| service.get(&format!("/api/v1/events/{path}"), subject).await;
    assert_eq!(ids(&list("3/bookings", "olga").await), [bobs, anns[2], anns[1], anns[0]]);
    assert_eq!(ids(&list("3/bookings?status=CONFIRMED", "olga").await), [anns[0]]);
    assert_eq!(ids(&list("3/bookings", "otto").await).len(), 4);
    assert_eq!(list("3/bookings", "ann").await.code(), (403, "forbidden"));
    assert_eq!(list("4/bookings", "olga").await.code(), (404, "not-found"));
    assert_eq!(list("4/bookings", "otto").await.code(), (404, "not-found"));
    let page = list("3/bookings?limit=3", "olga").await;
    let next = page.header("link").unwrap().strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
    assert_eq!(ids(&service.get(&next, "olga").await), [anns[0]]);
}
