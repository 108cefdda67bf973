//! Buyers extend holds or return seats.

use std::time::Duration;

use boxoffice_contracts::TicketTypeId;
use boxoffice_inventory::{
    Refusal,
    commands::{ExpireHolds, ExtendHold, ReleaseHold, ReturnSeats},
    domain::HoldStatus,
    store,
};
use boxoffice_writer::Failure;

use crate::{
    harness::{TestInventory, booking, of_type, quantity},
    orders::{created, reserved},
};

/// Returns seats as the handler does.
async fn return_seats(inventory: &TestInventory, owner: &str, ticket_type: i64, quantity: u32) -> Result<(), Refusal> {
    let ticket_type = TicketTypeId::from(ticket_type);
    let holds = store::held_of_type(inventory.writer.database(), owner, ticket_type, quantity).await.unwrap();
    match inventory.run(ReturnSeats { ticket_type, owner: owner.into(), holds, quantity }).await {
        Ok(_) => Ok(()),
        Err(Failure::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn seats_are_returned_by_type_from_the_newest_hold_first() {
    let inventory = TestInventory::with_capacity(100).await;
    let both = |floor: u32, balcony: u32| {
        let of = |id: i64, seats| of_type(TicketTypeId::from(id), quantity(seats));
        vec![of(1, floor), of(2, balcony)]
    };
    inventory.hold(1, 5).await.unwrap();
    inventory.hold_lines(2, both(3, 4)).await.unwrap();
    inventory.hold(3, 2).await.unwrap();
    return_seats(&inventory, "ann", 1, 4).await.unwrap();
    assert_eq!(inventory.stored_hold(3).await.status, HoldStatus::Released, "nothing is left of the newest");
    let middle = inventory.stored_hold(2).await;
    assert_eq!(middle.status, HoldStatus::Held);
    assert_eq!(middle.hold_lines.iter().map(|line| line.quantity.get()).collect::<Vec<_>>(), [1, 4]);
    assert_eq!(inventory.stored_hold(1).await.hold_lines.total_quantity(), 5, "the oldest keeps all");
    assert_eq!(inventory.taken().await, (10, 0));

    assert_eq!(return_seats(&inventory, "ann", 1, 7).await, Err(Refusal::FewerHeld { requested: 7, held: 6 }));
    assert_eq!(return_seats(&inventory, "bob", 1, 1).await, Err(Refusal::FewerHeld { requested: 1, held: 0 }));
    assert!(matches!(return_seats(&inventory, "ann", 9, 1).await, Err(Refusal::NotFound { .. })));
    assert_eq!(inventory.taken().await, (10, 0), "all or nothing");
    return_seats(&inventory, "ann", 1, 6).await.unwrap();
    return_seats(&inventory, "ann", 2, 4).await.unwrap();
    assert_eq!(inventory.taken().await, (0, 0));
    let statuses = [
        inventory.stored_hold(1).await.status,
        inventory.stored_hold(2).await.status,
        inventory.stored_hold(3).await.status,
    ];
    assert_eq!(statuses, [HoldStatus::Released; 3]);
}

#[tokio::test]
async fn seats_of_a_claimed_hold_are_not_returned() {
    let inventory = TestInventory::with_capacity(10).await;
    inventory.hold(1, 2).await.unwrap();
    inventory.deliver(&created(1, 2)).await.unwrap();
    assert_eq!(return_seats(&inventory, "ann", 1, 1).await, Err(Refusal::FewerHeld { requested: 1, held: 0 }));
    assert_eq!(inventory.taken().await, (2, 0));
}

#[tokio::test]
async fn an_order_takes_all_its_seats_again_after_some_were_returned() {
    let inventory = TestInventory::with_capacity(3).await;
    inventory.hold(1, 3).await.unwrap();
    return_seats(&inventory, "ann", 1, 1).await.unwrap();
    inventory.deliver(&created(1, 3)).await.unwrap();
    assert_eq!(
        (inventory.stored_hold(1).await.status, inventory.taken().await),
        (HoldStatus::Claimed, (3, 0)),
        "there is room again"
    );

    let inventory = TestInventory::with_capacity(3).await;
    inventory.hold(1, 3).await.unwrap();
    return_seats(&inventory, "ann", 1, 1).await.unwrap();
    inventory.hold(2, 1).await.unwrap();
    inventory.deliver(&created(1, 3)).await.unwrap();
    assert_eq!(reserved(&inventory.last_published().await), (false, "sold-out".to_owned()));
    assert_eq!(
        (inventory.stored_hold(1).await.status, inventory.taken().await),
        (HoldStatus::Released, (1, 0)),
        "all or nothing"
    );
}

#[tokio::test]
async fn a_hold_is_extended_twice_while_it_is_held() {
    let inventory = TestInventory::with_capacity(10).await;
    inventory.hold(1, 1).await.unwrap();
    let extend = async |number: u128, owner: &str| {
        let command = ExtendHold { id: booking(number), owner: Some(owner.into()), lifetime: Duration::from_secs(60) };
        inventory.run(command).await.map_err(|failure| match failure {
            Failure::Refused(refusal) => refusal,
            other => panic!("{other}"),
        })
    };
    assert!(matches!(extend(1, "bob").await, Err(Refusal::NotFound { .. })), "the hold of another owner is not found");
    for _ in 0..2 {
        inventory.clock.advance(Duration::from_secs(50));
        let extended = extend(1, "ann").await.unwrap();
        assert_eq!(extended.expires_at, Some(inventory.writer.clock().now().plus(Duration::from_secs(60))));
        assert_eq!(inventory.run(ExpireHolds(vec![booking(1)])).await.unwrap(), 0);
    }
    assert_eq!(extend(1, "ann").await, Err(Refusal::ExtendedTwice));
    inventory.clock.advance(Duration::from_secs(60));
    assert_eq!(extend(1, "ann").await, Err(Refusal::HoldOver), "it is overdue, though no scan has expired it yet");
    assert_eq!(inventory.run(ExpireHolds(vec![booking(1)])).await.unwrap(), 1);
    assert_eq!(extend(1, "ann").await, Err(Refusal::HoldOver));

    inventory.hold(2, 1).await.unwrap();
    inventory.deliver(&created(2, 1)).await.unwrap();
    assert_eq!(extend(2, "ann").await, Err(Refusal::HoldClaimed));
    inventory.hold(3, 1).await.unwrap();
    inventory.run(ReleaseHold { id: booking(3), owner: None }).await.unwrap();
    assert_eq!(extend(3, "ann").await, Err(Refusal::HoldOver));
}
