//! Buyers keep their holds longer, or give places back.

use std::time::Duration;

use boxoffice_contracts::TicketTypeId;
use boxoffice_inventory::{
    Refusal,
    commands::{ExpireHolds, ExtendHold, ReleaseHold, ReleasePlaces},
    domain::{HoldStatus, Wanted},
    store,
};
use boxoffice_writer::Failure;

use crate::{
    house::{House, booking, quantity},
    orders::{created, reserved},
};

/// Gives back as the door does.
async fn give_back(house: &House, owner: &str, kind: i64, quantity: u32) -> Result<(), Refusal> {
    let kind = TicketTypeId::from(kind);
    let holds = store::held_of_type(house.writer.database(), owner, kind, quantity).await.unwrap();
    match house.run(ReleasePlaces { kind, owner: owner.into(), holds, quantity }).await {
        Ok(_) => Ok(()),
        Err(Failure::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn places_are_given_back_by_type_the_newest_first() {
    let house = House::with_capacity(100).await;
    let both = |floor: u32, balcony: u32| {
        let of = |kind: i64, places| Wanted::Type(TicketTypeId::from(kind), quantity(places));
        vec![of(1, floor), of(2, balcony)]
    };
    house.hold(1, 5).await.unwrap();
    house.hold_lines(2, both(3, 4)).await.unwrap();
    house.hold(3, 2).await.unwrap();
    give_back(&house, "ann", 1, 4).await.unwrap();
    assert_eq!(house.row(3).await.status, HoldStatus::Released, "nothing is left of the newest");
    let middle = house.row(2).await;
    assert_eq!(middle.status, HoldStatus::Held);
    assert_eq!(middle.lines.iter().map(|line| line.quantity.get()).collect::<Vec<_>>(), [1, 4]);
    assert_eq!(house.row(1).await.lines.total_quantity(), 5, "the oldest keeps all");
    assert_eq!(house.taken().await, (10, 0));

    assert_eq!(give_back(&house, "ann", 1, 7).await, Err(Refusal::FewerHeld { wanted: 7, held: 6 }));
    assert_eq!(give_back(&house, "bob", 1, 1).await, Err(Refusal::FewerHeld { wanted: 1, held: 0 }));
    assert!(matches!(give_back(&house, "ann", 9, 1).await, Err(Refusal::NotFound { .. })));
    assert_eq!(house.taken().await, (10, 0), "all or nothing");
    give_back(&house, "ann", 1, 6).await.unwrap();
    give_back(&house, "ann", 2, 4).await.unwrap();
    assert_eq!(house.taken().await, (0, 0));
    let statuses = [house.row(1).await.status, house.row(2).await.status, house.row(3).await.status];
    assert_eq!(statuses, [HoldStatus::Released; 3]);
}

#[tokio::test]
async fn what_an_order_has_claimed_is_not_given_back() {
    let house = House::with_capacity(10).await;
    house.hold(1, 2).await.unwrap();
    house.hear(&created(1, 2)).await.unwrap();
    assert_eq!(give_back(&house, "ann", 1, 1).await, Err(Refusal::FewerHeld { wanted: 1, held: 0 }));
    assert_eq!(house.taken().await, (2, 0));
}

#[tokio::test]
async fn an_order_gets_what_it_asks_for_whatever_its_hold_has_lost() {
    let house = House::with_capacity(3).await;
    house.hold(1, 3).await.unwrap();
    give_back(&house, "ann", 1, 1).await.unwrap();
    house.hear(&created(1, 3)).await.unwrap();
    assert_eq!((house.row(1).await.status, house.taken().await), (HoldStatus::Claimed, (3, 0)), "there is room again");

    let house = House::with_capacity(3).await;
    house.hold(1, 3).await.unwrap();
    give_back(&house, "ann", 1, 1).await.unwrap();
    house.hold(2, 1).await.unwrap();
    house.hear(&created(1, 3)).await.unwrap();
    assert_eq!(reserved(&house.last().await), (false, "sold-out".to_owned()));
    assert_eq!((house.row(1).await.status, house.taken().await), (HoldStatus::Released, (1, 0)), "all or nothing");
}

#[tokio::test]
async fn a_hold_is_extended_twice_while_it_is_held() {
    let house = House::with_capacity(10).await;
    house.hold(1, 1).await.unwrap();
    let extend = async |number: u128, owner: &str| {
        let command = ExtendHold { id: booking(number), owner: Some(owner.into()), life: Duration::from_secs(60) };
        house.run(command).await.map_err(|failure| match failure {
            Failure::Refused(refusal) => refusal,
            other => panic!("{other}"),
        })
    };
    assert!(matches!(extend(1, "bob").await, Err(Refusal::NotFound { .. })), "another's is not there");
    for _ in 0..2 {
        house.hand.advance(Duration::from_secs(50));
        let extended = extend(1, "ann").await.unwrap();
        assert_eq!(extended.expires_at, Some(house.writer.clock().now().plus(Duration::from_secs(60))));
        assert_eq!(house.run(ExpireHolds(vec![booking(1)])).await.unwrap(), 0);
    }
    assert_eq!(extend(1, "ann").await, Err(Refusal::ExtendedTwice));
    house.hand.advance(Duration::from_secs(60));
    assert_eq!(extend(1, "ann").await, Err(Refusal::HoldOver), "it has run out, though nobody has looked yet");
    assert_eq!(house.run(ExpireHolds(vec![booking(1)])).await.unwrap(), 1);
    assert_eq!(extend(1, "ann").await, Err(Refusal::HoldOver));

    house.hold(2, 1).await.unwrap();
    house.hear(&created(2, 1)).await.unwrap();
    assert_eq!(extend(2, "ann").await, Err(Refusal::HoldClaimed));
    house.hold(3, 1).await.unwrap();
    house.run(ReleaseHold { id: booking(3), owner: None }).await.unwrap();
    assert_eq!(extend(3, "ann").await, Err(Refusal::HoldOver));
}
