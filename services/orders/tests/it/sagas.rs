//! Every saga in every order of its messages, each of them delivered twice and once more at the end.

use std::sync::Arc;

use boxoffice_contracts::{
    Reason,
    events::{OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed, PlacedThrough, Refund},
    saga::consumed_by,
};
use boxoffice_envelope::Message;
use boxoffice_orders::{domain::OrderStatus, store::Order};
use tokio::task::JoinSet;

use crate::harness::{ORGANIZER, Saga, TestOrders, USER, lines, permutations};

#[test]
fn it_consumes_the_events_that_the_saga_assigns_to_it() {
    let kinds: Vec<_> = boxoffice_orders::reactions().kinds().into_iter().collect();
    let mut expected = consumed_by("orders");
    expected.sort_unstable();
    assert_eq!(kinds, expected);
}

/// Runs the saga that `messages` makes once in each order, all of them side by side, and checks what must hold in each
/// besides what `check` asks for: a legal history without gaps, and no outcome published twice.
async fn in_every_order(
    messages: impl Fn(&Saga) -> Vec<Message>,
    check: impl Fn(&Order, &[String]) + Send + Sync + 'static,
) {
    let (orders, check) = (Arc::new(TestOrders::new()), Arc::new(check));
    let count = messages(&orders.saga()).len();
    let mut tasks = JoinSet::new();
    for order in permutations(&(0..count).collect::<Vec<_>>()) {
        let (orders, check, saga) = (orders.clone(), check.clone(), orders.saga());
        let messages = messages(&saga);
        tasks.spawn(async move {
            let ordered: Vec<_> = order.iter().map(|index| &messages[*index]).collect();
            orders.deliver_all(&ordered).await;
            let (row, published) = (orders.order(saga.id).await, orders.kinds_about(saga.id).await);
            must_be_sound(&orders, &row, &published).await;
            check(&row, &published);
        });
    }
    tasks.join_all().await;
}

async fn must_be_sound(orders: &TestOrders, order: &Order, published: &[String]) {
    use OrderStatus::{Cancelled, Confirmed, Created, Failed, Paid, Reserved};
    let history = orders.history(order.id).await;
    let numbers: Vec<_> = history.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=order.history_count).collect::<Vec<_>>());
    assert!(order.version <= order.history_count, "every version has at least one row of history");
    assert_eq!(history.last().unwrap().status, order.status);
    for pair in history.windows(2) {
        let legal = matches!(
            (pair[0].status, pair[1].status),
            (Created, Reserved)
                | (Reserved, Paid)
                | (Paid, Confirmed)
                | (Created | Reserved | Paid, Failed | Cancelled)
                | (Confirmed, Cancelled)
        );
        assert!(legal || pair[0].status == pair[1].status && pair[1].note.starts_with("refund "), "{pair:?}");
    }
    let mut once = published.to_vec();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), published.len(), "nothing is published twice: {published:?}");
    let is_tombstone = order.order_lines.is_empty();
    assert_eq!(published.first().is_some_and(|kind| kind == "OrderCreated"), !is_tombstone, "{published:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_successful_order_is_confirmed() {
    in_every_order(
        |saga| vec![saga.booked(), saga.reserved(), saga.paid(), saga.sold()],
        |order, published| {
            assert_eq!((order.status, order.reason, order.refund), (OrderStatus::Confirmed, None, Refund::None));
            assert_eq!((order.total_minor, order.history_count), (6100, 4));
            assert_eq!(published, ["OrderCreated", "OrderConfirmed"]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declined_payment_fails_the_order() {
    in_every_order(
        |saga| vec![saga.booked(), saga.reserved(), saga.declined(), saga.released(Reason::Declined)],
        |order, published| {
            assert_eq!((order.status, order.reason), (OrderStatus::Failed, Some(Reason::Declined)));
            assert_eq!(published, ["OrderCreated", "OrderFailed"]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_seats_fail_the_order() {
    in_every_order(
        |saga| vec![saga.booked(), saga.refused(Reason::SoldOut)],
        |order, published| {
            assert_eq!((order.status, order.reason), (OrderStatus::Failed, Some(Reason::SoldOut)));
            assert_eq!(published, ["OrderCreated", "OrderFailed"]);
        },
    )
    .await;
}

/// A person cancels the booking before, during or after the payment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_booking_cancels_its_order() {
    in_every_order(
        |saga| vec![saga.booked(), saga.reserved(), saga.paid(), saga.sold(), saga.cancelled()],
        |order, published| {
            assert_eq!((order.status, order.reason), (OrderStatus::Cancelled, Some(Reason::Cancelled)));
            assert_eq!(published.last().unwrap(), "OrderCancelled");
            assert!(!published.contains(&"OrderFailed".to_owned()), "{published:?}");
        },
    )
    .await;
}

/// A cancellation and a decline cross each other: one of them ends the order, and the other does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancellation_and_a_decline_end_the_order_once() {
    in_every_order(
        |saga| vec![saga.booked(), saga.reserved(), saga.released(Reason::Declined), saga.cancelled()],
        |order, published| {
            let end = published.last().unwrap().as_str();
            match order.status {
                OrderStatus::Cancelled => assert_eq!(end, "OrderCancelled"),
                OrderStatus::Failed => assert_eq!((end, order.reason), ("OrderFailed", Some(Reason::Declined))),
                other => panic!("{other:?}"),
            }
            assert_eq!(published.iter().filter(|kind| *kind != "OrderCreated").count(), 1, "{published:?}");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_order_is_refunded() {
    in_every_order(
        |saga| {
            vec![saga.booked(), saga.sold(), saga.cancelled(), saga.refund(Refund::Pending), saga.refund(Refund::Done)]
        },
        |order, _| assert_eq!((order.status, order.refund), (OrderStatus::Cancelled, Refund::Done)),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_refund_stays_failed_until_it_is_done() {
    in_every_order(
        |saga| vec![saga.cancelled(), saga.refund(Refund::Pending), saga.refund(Refund::Failed)],
        |order, _| assert_eq!(order.refund, Refund::Failed),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_booking_fails_its_order() {
    in_every_order(
        |saga| vec![saga.booked(), saga.reserved(), saga.expired(), saga.released(Reason::Expired)],
        |order, published| {
            assert_eq!((order.status, order.reason), (OrderStatus::Failed, Some(Reason::Expired)));
            assert_eq!(published.last().unwrap(), "OrderFailed");
        },
    )
    .await;
}

/// The time is up and the payment comes at the same moment: no tickets, whichever is delivered first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expiry_and_a_sale_end_without_tickets() {
    in_every_order(
        |saga| vec![saga.booked(), saga.reserved(), saga.paid(), saga.sold(), saga.expired()],
        |order, published| {
            let confirmed = published.contains(&"OrderConfirmed".to_owned());
            let (status, end) = if confirmed {
                (OrderStatus::Cancelled, "OrderCancelled")
            } else {
                (OrderStatus::Failed, "OrderFailed")
            };
            assert_eq!((order.status, order.reason), (status, Some(Reason::Expired)));
            assert_eq!(published.last().unwrap(), end);
        },
    )
    .await;
}

#[tokio::test]
async fn the_events_carry_the_fields_of_the_booking() {
    let orders = TestOrders::new();
    let saga = orders.saga();
    orders.deliver_all(&[&saga.booked(), &saga.sold(), &saga.cancelled()]).await;
    let published = orders.published_about(saga.id).await;
    let created: OrderCreated = published[0].read().unwrap();
    assert_eq!((created.customer_id.get(), created.organizer_id.get()), (USER, ORGANIZER));
    assert_eq!((created.placed_through, created.payment_token.reveal()), (PlacedThrough::Bookings, "tok_ok"));
    assert_eq!(created.total_amount.to_string(), "61.00");
    let confirmed: OrderConfirmed = published[1].read().unwrap();
    assert_eq!((&confirmed.items, confirmed.total_amount), (&created.items, created.total_amount));
    let cancelled: OrderCancelled = published[2].read().unwrap();
    assert_eq!(cancelled.items, created.items);
    assert_eq!(orders.order(saga.id).await.order_lines.0, lines());

    let saga = orders.saga();
    orders.deliver_all(&[&saga.booked(), &saga.released(Reason::Declined)]).await;
    let failed: OrderFailed = orders.published_about(saga.id).await[1].read().unwrap();
    assert_eq!((failed.items, failed.reason), (created.items, Reason::Declined));
}

/// A message about an unknown order is refused, so that it is redelivered.
#[tokio::test]
async fn a_message_that_overtakes_the_order_is_refused() {
    let orders = TestOrders::new();
    let saga = orders.saga();
    for message in [
        saga.reserved(),
        saga.refused(Reason::SoldOut),
        saga.paid(),
        saga.sold(),
        saga.released(Reason::Declined),
        saga.refund(Refund::Pending),
    ] {
        assert!(!orders.deliver_twice(&message).await, "{}", message.kind);
    }
    assert!(orders.deliver_twice(&saga.declined()).await, "a declined payment changes nothing");
    assert!(orders.published_about(saga.id).await.is_empty());
}
