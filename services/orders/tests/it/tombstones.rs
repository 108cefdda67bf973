//! A booking that is cancelled before its order is opened.

use boxoffice_contracts::{Reason, events::Refund};
use boxoffice_orders::domain::OrderStatus;

use crate::harness::{ORGANIZER, TestOrders, USER};

#[tokio::test]
async fn an_order_that_is_called_off_first_is_not_opened() {
    let orders = TestOrders::new();
    for (reason, status, published) in [
        (Reason::Cancelled, OrderStatus::Cancelled, "OrderCancelled"),
        (Reason::Expired, OrderStatus::Failed, "OrderFailed"),
    ] {
        let saga = orders.saga();
        assert!(orders.deliver_twice(&saga.ended(reason)).await);
        orders.deliver_all(&[&saga.booked(), &saga.reserved(), &saga.paid(), &saga.sold()]).await;
        let order = orders.order(saga.id).await;
        assert_eq!((order.status, order.reason, order.refund), (status, Some(reason), Refund::None));
        assert_eq!((order.user_id.get(), order.organizer_id.get()), (USER, ORGANIZER));
        assert!(order.order_lines.is_empty() && order.total_minor == 0);
        assert_eq!((order.version, order.history_count), (1, 1));
        assert_eq!(orders.kinds_about(saga.id).await, [published], "other services may hold seats or money");
    }
}

#[tokio::test]
async fn a_tombstone_shows_its_refund() {
    let orders = TestOrders::new();
    let saga = orders.saga();
    orders.deliver_all(&[&saga.cancelled(), &saga.refund(Refund::Pending), &saga.refund(Refund::Done)]).await;
    assert_eq!(orders.order(saga.id).await.refund, Refund::Done);
    let history = orders.history(saga.id).await;
    let notes: Vec<_> = history.iter().map(|row| row.note.as_str()).collect();
    assert_eq!(notes, ["booking cancelled before its order was opened", "refund pending", "refund done"]);
}
