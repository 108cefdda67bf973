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

use crate::setting::{ORGANIZER, Saga, Shop, USER, lines, permutations};

#[test]
fn everything_that_the_saga_asks_for_is_heard() {
    let kinds: Vec<_> = boxoffice_orders::reactions().kinds().into_iter().collect();
    let mut asked = consumed_by("orders");
    asked.sort_unstable();
    assert_eq!(kinds, asked);
}

/// Runs the saga that `messages` makes once in each order, all of them side by side, and checks what must hold in each
/// besides what `check` asks for: a legal history without gaps, and no end said twice.
async fn in_every_order(
    messages: impl Fn(&Saga) -> Vec<Message>,
    check: impl Fn(&Order, &[String]) + Send + Sync + 'static,
) {
    let (shop, check) = (Arc::new(Shop::new()), Arc::new(check));
    let count = messages(&shop.saga()).len();
    let mut tasks = JoinSet::new();
    for order in permutations(&(0..count).collect::<Vec<_>>()) {
        let (shop, check, saga) = (shop.clone(), check.clone(), shop.saga());
        let messages = messages(&saga);
        tasks.spawn(async move {
            let ordered: Vec<_> = order.iter().map(|index| &messages[*index]).collect();
            shop.hears_all(&ordered).await;
            let (row, said) = (shop.order(saga.id).await, shop.said_kinds(saga.id).await);
            must_be_sound(&shop, &row, &said).await;
            check(&row, &said);
        });
    }
    tasks.join_all().await;
}

async fn must_be_sound(shop: &Shop, order: &Order, said: &[String]) {
    use OrderStatus::{Cancelled, Confirmed, Created, Failed, Paid, Reserved};
    let history = shop.history(order.id).await;
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
    let mut once = said.to_vec();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), said.len(), "nothing is said twice: {said:?}");
    let is_tombstone = order.lines.is_empty();
    assert_eq!(said.first().is_some_and(|kind| kind == "OrderCreated"), !is_tombstone, "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn success() {
    in_every_order(
        |saga| vec![saga.booked(), saga.reserved(), saga.paid(), saga.sold()],
        |order, said| {
            assert_eq!((order.status, order.reason, order.refund), (OrderStatus::Confirmed, None, Refund::None));
            assert_eq!((order.total_minor, order.history_count), (6100, 4));
            assert_eq!(said, ["OrderCreated", "OrderConfirmed"]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decline() {
    in_every_order(
        |saga| vec![saga.booked(), saga.reserved(), saga.declined(), saga.released(Reason::Declined)],
        |order, said| {
            assert_eq!((order.status, order.reason), (OrderStatus::Failed, Some(Reason::Declined)));
            assert_eq!(said, ["OrderCreated", "OrderFailed"]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_refused() {
    in_every_order(
        |saga| vec![saga.booked(), saga.refused(Reason::SoldOut)],
        |order, said| {
            assert_eq!((order.status, order.reason), (OrderStatus::Failed, Some(Reason::SoldOut)));
            assert_eq!(said, ["OrderCreated", "OrderFailed"]);
        },
    )
    .await;
}

/// A person calls the booking off at any moment: before the payment, while it is under way, and afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelled() {
    in_every_order(
        |saga| vec![saga.booked(), saga.reserved(), saga.paid(), saga.sold(), saga.cancelled()],
        |order, said| {
            assert_eq!((order.status, order.reason), (OrderStatus::Cancelled, Some(Reason::Cancelled)));
            assert_eq!(said.last().unwrap(), "OrderCancelled");
            assert!(!said.contains(&"OrderFailed".to_owned()), "{said:?}");
        },
    )
    .await;
}

/// A cancellation and a decline cross each other: one of them ends the order, and the other does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelled_while_it_is_declined() {
    in_every_order(
        |saga| vec![saga.booked(), saga.reserved(), saga.released(Reason::Declined), saga.cancelled()],
        |order, said| {
            let end = said.last().unwrap().as_str();
            match order.status {
                OrderStatus::Cancelled => assert_eq!(end, "OrderCancelled"),
                OrderStatus::Failed => assert_eq!((end, order.reason), ("OrderFailed", Some(Reason::Declined))),
                other => panic!("{other:?}"),
            }
            assert_eq!(said.iter().filter(|kind| *kind != "OrderCreated").count(), 1, "{said:?}");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refunded_after_a_cancellation() {
    in_every_order(
        |saga| {
            vec![saga.booked(), saga.sold(), saga.cancelled(), saga.refund(Refund::Pending), saga.refund(Refund::Done)]
        },
        |order, _| assert_eq!((order.status, order.refund), (OrderStatus::Cancelled, Refund::Done)),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_failed_is_shown_until_it_is_done() {
    in_every_order(
        |saga| vec![saga.cancelled(), saga.refund(Refund::Pending), saga.refund(Refund::Failed)],
        |order, _| assert_eq!(order.refund, Refund::Failed),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expired() {
    in_every_order(
        |saga| vec![saga.booked(), saga.reserved(), saga.expired(), saga.released(Reason::Expired)],
        |order, said| {
            assert_eq!((order.status, order.reason), (OrderStatus::Failed, Some(Reason::Expired)));
            assert_eq!(said.last().unwrap(), "OrderFailed");
        },
    )
    .await;
}

/// The time is up and the payment comes at the same moment: no tickets, whichever is heard first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expired_while_it_is_sold() {
    in_every_order(
        |saga| vec![saga.booked(), saga.reserved(), saga.paid(), saga.sold(), saga.expired()],
        |order, said| {
            let confirmed = said.contains(&"OrderConfirmed".to_owned());
            let (status, end) = if confirmed {
                (OrderStatus::Cancelled, "OrderCancelled")
            } else {
                (OrderStatus::Failed, "OrderFailed")
            };
            assert_eq!((order.status, order.reason), (status, Some(Reason::Expired)));
            assert_eq!(said.last().unwrap(), end);
        },
    )
    .await;
}

#[tokio::test]
async fn the_events_carry_what_the_booking_said() {
    let shop = Shop::new();
    let saga = shop.saga();
    shop.hears_all(&[&saga.booked(), &saga.sold(), &saga.cancelled()]).await;
    let said = shop.said(saga.id).await;
    let created: OrderCreated = said[0].read().unwrap();
    assert_eq!((created.customer_id.get(), created.organizer_id.get()), (USER, ORGANIZER));
    assert_eq!((created.placed_through, created.payment_token.reveal()), (PlacedThrough::Bookings, "tok_ok"));
    assert_eq!(created.total_amount.to_string(), "61.00");
    let confirmed: OrderConfirmed = said[1].read().unwrap();
    assert_eq!((&confirmed.items, confirmed.total_amount), (&created.items, created.total_amount));
    let cancelled: OrderCancelled = said[2].read().unwrap();
    assert_eq!(cancelled.items, created.items);
    assert_eq!(shop.order(saga.id).await.lines.0, lines());

    let saga = shop.saga();
    shop.hears_all(&[&saga.booked(), &saga.released(Reason::Declined)]).await;
    let failed: OrderFailed = shop.said(saga.id).await[1].read().unwrap();
    assert_eq!((failed.items, failed.reason), (created.items, Reason::Declined));
}

/// Without an order there is nothing that could be moved: the message is tried again.
#[tokio::test]
async fn what_comes_before_the_order_waits() {
    let shop = Shop::new();
    let saga = shop.saga();
    for message in [
        saga.reserved(),
        saga.refused(Reason::SoldOut),
        saga.paid(),
        saga.sold(),
        saga.released(Reason::Declined),
        saga.refund(Refund::Pending),
    ] {
        assert!(!shop.hears(&message).await, "{}", message.kind);
    }
    assert!(shop.hears(&saga.declined()).await, "nothing is done when nobody paid");
    assert!(shop.said(saga.id).await.is_empty());
}
