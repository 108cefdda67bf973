//! Inventory's part of the saga: every message delivered once, twice, early, late and after the end.

use std::time::Duration;

use boxoffice_contracts::{
    Item, Line, Lines, Money, OrganizerId, Reason, TicketTypeId, UserId,
    events::{OrderCancelled, OrderCreated, OrderFailed, PaymentProcessed, PlacedThrough},
};
use boxoffice_inventory::{commands::ExpireHolds, domain::HoldStatus};

use crate::harness::{TestInventory, booking, eur, event, quantity};

const ORGANIZER: i64 = 1;

fn items(seats: u32, price_minor: i64) -> Vec<Item> {
    let line = Line {
        event_id: event(1),
        ticket_type_id: TicketTypeId::from(1),
        name: "Floor".into(),
        quantity: quantity(seats),
        unit_price_minor: price_minor,
    };
    Item::from_lines(&Lines::from(vec![line]), eur())
}

fn created_at(number: u128, seats: u32, price_minor: i64) -> OrderCreated {
    OrderCreated {
        order_id: booking(number),
        customer_id: UserId::from(1),
        items: items(seats, price_minor),
        total_amount: Money::new(price_minor * i64::from(seats), eur()).decimal(),
        currency: eur(),
        organizer_id: OrganizerId::from(ORGANIZER),
        placed_through: PlacedThrough::Bookings,
        payment_token: "tok_ok".to_owned().into(),
    }
}

pub fn created(number: u128, seats: u32) -> OrderCreated {
    created_at(number, seats, 2550)
}

pub fn paid(number: u128, success: bool) -> PaymentProcessed {
    PaymentProcessed {
        order_id: booking(number),
        success,
        amount: Money::new(2550, eur()).decimal(),
        currency: eur(),
        transaction_id: None,
        reason: (!success).then_some(Reason::Declined),
        message: String::new(),
        organizer_id: OrganizerId::from(ORGANIZER),
    }
}

pub fn cancelled(number: u128) -> OrderCancelled {
    OrderCancelled {
        order_id: booking(number),
        customer_id: UserId::from(1),
        items: items(1, 2550),
        total_amount: Money::new(2550, eur()).decimal(),
        currency: eur(),
        organizer_id: OrganizerId::from(ORGANIZER),
    }
}

/// The success and the reason of an `InventoryReserved`.
pub fn reserved(body: &serde_json::Value) -> (bool, String) {
    (body["success"].as_bool().unwrap(), body["reason"].as_str().unwrap_or_default().to_owned())
}

fn failed(number: u128) -> OrderFailed {
    let OrderCancelled { order_id, customer_id, items, total_amount, currency, organizer_id } = cancelled(number);
    OrderFailed { order_id, customer_id, items, reason: Reason::Expired, total_amount, currency, organizer_id }
}

#[test]
fn inventory_consumes_the_events_of_the_saga() {
    let consumed: Vec<_> = boxoffice_inventory::reactions().kinds().into_iter().collect();
    let mut saga = boxoffice_contracts::saga::consumed_by("inventory");
    saga.sort_unstable();
    assert_eq!(consumed, saga);
}

#[tokio::test]
async fn a_claimed_hold_is_sold_and_never_expires() {
    let inventory = TestInventory::with_capacity(5).await;
    inventory.hold(1, 2).await.unwrap();
    for _ in 0..2 {
        inventory.deliver(&created(1, 2)).await.unwrap();
    }
    assert_eq!(inventory.last_published().await["success"], true);
    inventory.clock.advance(Duration::from_secs(3600));
    assert_eq!(inventory.run(ExpireHolds(vec![booking(1)])).await.unwrap(), 0);
    for _ in 0..2 {
        inventory.deliver(&paid(1, true)).await.unwrap();
    }
    assert_eq!(inventory.taken().await, (0, 2));
    inventory.deliver(&created(1, 2)).await.unwrap();
    assert_eq!(
        inventory.published_kinds().await,
        ["InventoryReserved", "InventorySold"],
        "each effect is published once"
    );
}

#[tokio::test]
async fn a_declined_payment_releases_the_seats() {
    let inventory = TestInventory::with_capacity(5).await;
    inventory.hold(1, 2).await.unwrap();
    inventory.deliver(&created(1, 2)).await.unwrap();
    for _ in 0..2 {
        inventory.deliver(&paid(1, false)).await.unwrap();
    }
    assert_eq!(inventory.taken().await, (0, 0));
    assert_eq!(inventory.last_published().await["reason"], "declined");
    inventory.deliver(&created(1, 2)).await.unwrap();
    inventory.deliver(&paid(1, true)).await.unwrap();
    inventory.deliver(&failed(1)).await.unwrap();
    assert_eq!(
        inventory.published_kinds().await,
        ["InventoryReserved", "InventoryReleased"],
        "later messages change nothing"
    );
    assert_eq!(inventory.taken().await, (0, 0));
}

#[tokio::test]
async fn an_order_without_a_hold_takes_all_or_nothing() {
    let inventory = TestInventory::with_capacity(5).await;
    inventory.deliver(&created(1, 4)).await.unwrap();
    assert_eq!(inventory.taken().await, (4, 0));
    for _ in 0..2 {
        inventory.deliver(&created(2, 2)).await.unwrap();
    }
    let refused = inventory.last_published().await;
    assert_eq!((&refused["success"], &refused["reason"]), (&false.into(), &"sold-out".into()));
    inventory.deliver(&created_at(3, 1, 2000)).await.unwrap();
    assert_eq!(inventory.last_published().await["reason"], "price-changed");
    assert_eq!(inventory.taken().await, (4, 0));
    assert_eq!(inventory.published().await.len(), 3);
}

#[tokio::test]
async fn an_expired_hold_is_taken_again_while_seats_are_available() {
    let inventory = TestInventory::with_capacity(5).await;
    for number in [1, 2] {
        inventory.hold(number, 2).await.unwrap();
    }
    inventory.clock.advance(Duration::from_secs(60));
    assert_eq!(inventory.run(ExpireHolds(vec![booking(1), booking(2)])).await.unwrap(), 2);
    inventory.hold(3, 2).await.unwrap();
    inventory.deliver(&created(1, 2)).await.unwrap();
    assert_eq!((inventory.stored_hold(1).await.status, inventory.taken().await), (HoldStatus::Claimed, (4, 0)));
    inventory.deliver(&created(2, 2)).await.unwrap();
    assert_eq!((inventory.stored_hold(2).await.status, inventory.taken().await), (HoldStatus::Released, (4, 0)));
    assert_eq!(inventory.last_published().await["reason"], "sold-out");
}

#[tokio::test]
async fn a_cancellation_releases_held_and_sold_seats() {
    let inventory = TestInventory::with_capacity(5).await;
    inventory.hold(1, 2).await.unwrap();
    inventory.deliver(&created(1, 2)).await.unwrap();
    inventory.deliver(&paid(1, true)).await.unwrap();
    for _ in 0..2 {
        inventory.deliver(&cancelled(1)).await.unwrap();
    }
    assert_eq!(inventory.taken().await, (0, 0));
    inventory.hold(2, 1).await.unwrap();
    inventory.deliver(&failed(2)).await.unwrap();
    assert_eq!(inventory.taken().await, (0, 0), "an unclaimed hold is released as well");
    let published = inventory.published_kinds().await;
    assert_eq!(published[1..], ["InventorySold", "InventoryReleased", "InventoryReleased"]);
}

#[tokio::test]
async fn a_cancellation_that_overtakes_its_order_leaves_a_tombstone() {
    let inventory = TestInventory::with_capacity(5).await;
    inventory.deliver(&cancelled(1)).await.unwrap();
    inventory.deliver(&created(1, 2)).await.unwrap();
    inventory.deliver(&paid(1, true)).await.unwrap();
    assert_eq!(inventory.taken().await, (0, 0));
    assert_eq!(inventory.stored_hold(1).await.status, HoldStatus::Released);
    assert!(inventory.published().await.is_empty());
}

#[tokio::test]
async fn a_payment_before_its_order_is_too_early() {
    let inventory = TestInventory::with_capacity(5).await;
    assert!(inventory.deliver(&paid(1, true)).await.unwrap_err().contains("too early"));
    inventory.hold(1, 1).await.unwrap();
    assert!(inventory.deliver(&paid(1, true)).await.unwrap_err().contains("too early"));
    inventory.deliver(&created(1, 1)).await.unwrap();
    inventory.deliver(&paid(1, true)).await.unwrap();
    assert_eq!(inventory.taken().await, (0, 1));
}
