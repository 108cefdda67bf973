//! Inventory's part of the saga: every message once, twice, early, late and after the end.

use std::time::Duration;

use boxoffice_contracts::{
    Item, Line, Lines, Money, OrganizerId, Reason, TicketTypeId, UserId,
    events::{OrderCancelled, OrderCreated, OrderFailed, PaymentProcessed, PlacedThrough},
};
use boxoffice_inventory::{commands::ExpireHolds, domain::HoldStatus};

use crate::house::{House, booking, eur, event, quantity};

const ORGANIZER: i64 = 1;

fn items(places: u32, price_minor: i64) -> Vec<Item> {
    let line = Line {
        event_id: event(1),
        ticket_type_id: TicketTypeId::from(1),
        name: "Floor".into(),
        quantity: quantity(places),
        unit_price_minor: price_minor,
    };
    Item::from_lines(&Lines::from(vec![line]), eur())
}

fn created_at(number: u128, places: u32, price_minor: i64) -> OrderCreated {
    OrderCreated {
        order_id: booking(number),
        customer_id: UserId::from(1),
        items: items(places, price_minor),
        total_amount: Money::new(price_minor * i64::from(places), eur()).decimal(),
        currency: eur(),
        organizer_id: OrganizerId::from(ORGANIZER),
        placed_through: PlacedThrough::Bookings,
        payment_token: "tok_ok".to_owned().into(),
    }
}

pub fn created(number: u128, places: u32) -> OrderCreated {
    created_at(number, places, 2550)
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

/// Whether an `InventoryReserved` says that it was, and why not.
pub fn reserved(said: &serde_json::Value) -> (bool, String) {
    (said["success"].as_bool().unwrap(), said["reason"].as_str().unwrap_or_default().to_owned())
}

fn failed(number: u128) -> OrderFailed {
    let OrderCancelled { order_id, customer_id, items, total_amount, currency, organizer_id } = cancelled(number);
    OrderFailed { order_id, customer_id, items, reason: Reason::Expired, total_amount, currency, organizer_id }
}

#[test]
fn it_hears_what_the_saga_says() {
    let hears: Vec<_> = boxoffice_inventory::reactions().kinds().into_iter().collect();
    let mut saga = boxoffice_contracts::saga::consumed_by("inventory");
    saga.sort_unstable();
    assert_eq!(hears, saga);
}

#[tokio::test]
async fn a_claimed_hold_is_sold_and_never_runs_out() {
    let house = House::with_capacity(5).await;
    house.hold(1, 2).await.unwrap();
    for _ in 0..2 {
        house.hear(&created(1, 2)).await.unwrap();
    }
    assert_eq!(house.last().await["success"], true);
    house.hand.advance(Duration::from_secs(3600));
    assert_eq!(house.run(ExpireHolds(vec![booking(1)])).await.unwrap(), 0);
    for _ in 0..2 {
        house.hear(&paid(1, true)).await.unwrap();
    }
    assert_eq!(house.taken().await, (0, 2));
    house.hear(&created(1, 2)).await.unwrap();
    assert_eq!(house.said().await, ["InventoryReserved", "InventorySold"], "each effect is said once");
}

#[tokio::test]
async fn a_declined_payment_gives_the_places_back() {
    let house = House::with_capacity(5).await;
    house.hold(1, 2).await.unwrap();
    house.hear(&created(1, 2)).await.unwrap();
    for _ in 0..2 {
        house.hear(&paid(1, false)).await.unwrap();
    }
    assert_eq!(house.taken().await, (0, 0));
    assert_eq!(house.last().await["reason"], "declined");
    house.hear(&created(1, 2)).await.unwrap();
    house.hear(&paid(1, true)).await.unwrap();
    house.hear(&failed(1)).await.unwrap();
    assert_eq!(house.said().await, ["InventoryReserved", "InventoryReleased"], "what comes later changes nothing");
    assert_eq!(house.taken().await, (0, 0));
}

#[tokio::test]
async fn an_order_without_a_hold_takes_all_or_nothing() {
    let house = House::with_capacity(5).await;
    house.hear(&created(1, 4)).await.unwrap();
    assert_eq!(house.taken().await, (4, 0));
    for _ in 0..2 {
        house.hear(&created(2, 2)).await.unwrap();
    }
    let refused = house.last().await;
    assert_eq!((&refused["success"], &refused["reason"]), (&false.into(), &"sold-out".into()));
    house.hear(&created_at(3, 1, 2000)).await.unwrap();
    assert_eq!(house.last().await["reason"], "price-changed");
    assert_eq!(house.taken().await, (4, 0));
    assert_eq!(house.said().await.len(), 3);
}

#[tokio::test]
async fn a_hold_that_ran_out_is_taken_again_if_there_is_room() {
    let house = House::with_capacity(5).await;
    for number in [1, 2] {
        house.hold(number, 2).await.unwrap();
    }
    house.hand.advance(Duration::from_secs(60));
    assert_eq!(house.run(ExpireHolds(vec![booking(1), booking(2)])).await.unwrap(), 2);
    house.hold(3, 2).await.unwrap();
    house.hear(&created(1, 2)).await.unwrap();
    assert_eq!((house.row(1).await.status, house.taken().await), (HoldStatus::Claimed, (4, 0)));
    house.hear(&created(2, 2)).await.unwrap();
    assert_eq!((house.row(2).await.status, house.taken().await), (HoldStatus::Released, (4, 0)));
    assert_eq!(house.last().await["reason"], "sold-out");
}

#[tokio::test]
async fn a_cancellation_frees_what_is_held_or_sold() {
    let house = House::with_capacity(5).await;
    house.hold(1, 2).await.unwrap();
    house.hear(&created(1, 2)).await.unwrap();
    house.hear(&paid(1, true)).await.unwrap();
    for _ in 0..2 {
        house.hear(&cancelled(1)).await.unwrap();
    }
    assert_eq!(house.taken().await, (0, 0));
    house.hold(2, 1).await.unwrap();
    house.hear(&failed(2)).await.unwrap();
    assert_eq!(house.taken().await, (0, 0), "a hold that no order has claimed is freed as well");
    let said = house.said().await;
    assert_eq!(said[1..], ["InventorySold", "InventoryReleased", "InventoryReleased"]);
}

#[tokio::test]
async fn a_cancellation_that_overtakes_its_order_leaves_a_tombstone() {
    let house = House::with_capacity(5).await;
    house.hear(&cancelled(1)).await.unwrap();
    house.hear(&created(1, 2)).await.unwrap();
    house.hear(&paid(1, true)).await.unwrap();
    assert_eq!(house.taken().await, (0, 0));
    assert_eq!(house.row(1).await.status, HoldStatus::Released);
    assert!(house.said().await.is_empty());
}

#[tokio::test]
async fn a_payment_before_its_order_is_too_early() {
    let house = House::with_capacity(5).await;
    assert!(house.hear(&paid(1, true)).await.unwrap_err().contains("too early"));
    house.hold(1, 1).await.unwrap();
    assert!(house.hear(&paid(1, true)).await.unwrap_err().contains("too early"));
    house.hear(&created(1, 1)).await.unwrap();
    house.hear(&paid(1, true)).await.unwrap();
    assert_eq!(house.taken().await, (0, 1));
}
