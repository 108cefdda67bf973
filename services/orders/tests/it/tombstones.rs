//! A booking that is called off before its order is heard of.

use boxoffice_contracts::{Reason, events::Refund};
use boxoffice_orders::domain::OrderStatus;

use crate::setting::{ORGANIZER, Shop, USER};

#[tokio::test]
async fn an_order_that_is_called_off_first_is_not_opened() {
    let shop = Shop::new();
    for (reason, status, said) in [
        (Reason::Cancelled, OrderStatus::Cancelled, "OrderCancelled"),
        (Reason::Expired, OrderStatus::Failed, "OrderFailed"),
    ] {
        let saga = shop.saga();
        assert!(shop.hears(&saga.ended(reason)).await);
        shop.hears_all(&[&saga.booked(), &saga.reserved(), &saga.paid(), &saga.sold()]).await;
        let order = shop.order(saga.id).await;
        assert_eq!((order.status, order.reason, order.refund), (status, Some(reason), Refund::None));
        assert_eq!((order.user_id.get(), order.organizer_id.get()), (USER, ORGANIZER));
        assert!(order.lines.is_empty() && order.total_minor == 0);
        assert_eq!((order.version, order.history_count), (1, 1));
        assert_eq!(shop.said_kinds(saga.id).await, [said], "the others may hold seats or money");
    }
}

#[tokio::test]
async fn a_tombstone_shows_its_refund() {
    let shop = Shop::new();
    let saga = shop.saga();
    shop.hears_all(&[&saga.cancelled(), &saga.refund(Refund::Pending), &saga.refund(Refund::Done)]).await;
    assert_eq!(shop.order(saga.id).await.refund, Refund::Done);
    let history = shop.history(saga.id).await;
    let notes: Vec<_> = history.iter().map(|row| row.note.as_str()).collect();
    assert_eq!(notes, ["booking cancelled before its order was heard of", "refund pending", "refund done"]);
}
