//! The history: one row for each change, with its actor, without gaps.

use boxoffice_contracts::{Reason, events::Refund};
use boxoffice_orders::domain::OrderStatus::{Cancelled, Confirmed, Created, Failed, Paid, Reserved};

use crate::harness::{TestOrders, cause};

#[tokio::test]
async fn each_step_has_its_row_with_its_cause() {
    let orders = TestOrders::new();
    let saga = orders.saga();
    let (booked, reserved, paid, sold) = (saga.booked(), saga.reserved(), saga.paid(), saga.sold());
    let (cancelled, refund) = (saga.cancelled(), saga.refund(Refund::Done));
    orders.deliver_all(&[&booked, &reserved, &paid, &sold, &cancelled, &refund]).await;
    let history = orders.history(saga.id).await;
    let rows: Vec<_> =
        history.iter().map(|row| (row.number, row.status, row.note.as_str(), row.causation_id)).collect();
    assert_eq!(
        rows,
        [
            (1, Created, "placed through bookings", cause(&booked)),
            (2, Reserved, "seats held", cause(&reserved)),
            (3, Paid, "payment captured", cause(&paid)),
            (4, Confirmed, "seats sold", cause(&sold)),
            (5, Cancelled, "booking cancelled", cause(&cancelled)),
            (6, Cancelled, "refund done", cause(&refund)),
        ]
    );
    assert!(history.iter().all(|row| row.actor == "orders"));
    let order = orders.order(saga.id).await;
    assert_eq!((order.version, order.history_count), (6, 6));
}

#[tokio::test]
async fn several_steps_at_once_are_one_version_and_a_row_each() {
    let orders = TestOrders::new();
    let saga = orders.saga();
    let sold = saga.sold();
    orders.deliver_all(&[&saga.booked(), &sold]).await;
    let order = orders.order(saga.id).await;
    assert_eq!((order.status, order.version, order.history_count), (Confirmed, 2, 4));
    let history = orders.history(saga.id).await;
    let rows: Vec<_> = history[1..].iter().map(|row| (row.number, row.status, row.causation_id)).collect();
    assert_eq!(rows, [(2, Reserved, cause(&sold)), (3, Paid, cause(&sold)), (4, Confirmed, cause(&sold))]);
}

#[tokio::test]
async fn the_note_has_the_reason_of_the_failure() {
    let orders = TestOrders::new();
    for (end, note) in [
        (|saga: &crate::harness::Saga| saga.refused(Reason::SoldOut), "seats refused: sold-out"),
        (|saga| saga.released(Reason::Declined), "seats released: declined"),
        (|saga| saga.expired(), "booking expired"),
    ] as [(fn(&crate::harness::Saga) -> _, _); 3]
    {
        let saga = orders.saga();
        orders.deliver_all(&[&saga.booked(), &end(&saga)]).await;
        let last = orders.history(saga.id).await.pop().unwrap();
        assert_eq!((last.status, last.note.as_str()), (Failed, note));
    }
}
