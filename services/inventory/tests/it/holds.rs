use std::time::Duration;

use boxoffice_contracts::TicketTypeId;
use boxoffice_inventory::{
    Refusal,
    commands::{Actor, CreateHold, ExpireHolds, HoldSource, ReleaseHold, SetCapacity},
    domain::HoldStatus,
};
use boxoffice_writer::Failure;

use crate::harness::{TestInventory, booking, event, of_event, of_type, quantity};

#[tokio::test]
async fn a_thousand_concurrent_buyers_get_a_hundred_seats() {
    let inventory = TestInventory::with_capacity(100).await;
    let buyers = (0..1000).map(|number| inventory.hold(number, 1 + u32::try_from(number % 3).unwrap()));
    let (mut taken, mut refused) = (0, 0);
    for outcome in join_all(buyers).await {
        match outcome {
            Ok(hold) => taken += i64::from(hold.hold_lines.total_quantity()),
            Err(Refusal::SoldOut { .. }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(taken, 100, "every seat is sold when some buyers ask for one at a time");
    assert!(refused > 0);
    assert_eq!(inventory.taken().await, (100, 0));
}

async fn join_all<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        all.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

#[tokio::test]
async fn a_hold_takes_all_lines_or_none() {
    let inventory = TestInventory::with_capacity(5).await;
    let (floor, balcony) = (TicketTypeId::from(1), TicketTypeId::from(2));
    let lines = vec![of_type(floor, quantity(3)), of_type(balcony, quantity(3))];
    assert!(matches!(inventory.hold_lines(1, lines).await, Err(Refusal::SoldOut { requested: 3, available: 2 })));
    assert_eq!(inventory.taken().await, (0, 0), "the line that fitted is released");
    let lines = vec![of_event(event(1), quantity(3)), of_type(balcony, quantity(2))];
    let hold = inventory.hold_lines(1, lines).await.unwrap();
    assert_eq!(hold.hold_lines[0].ticket_type_id, floor, "an event stands for its first type");
    assert_eq!(hold.hold_lines.total(hold.currency).unwrap().minor, 3 * 2550 + 2 * 1000);
}

#[tokio::test]
async fn repeating_a_hold_answers_with_the_same_hold() {
    let inventory = TestInventory::with_capacity(5).await;
    let first = inventory.hold(1, 2).await.unwrap();
    assert_eq!(inventory.hold(1, 2).await.unwrap().taken_at, first.taken_at);
    assert_eq!(inventory.taken().await, (2, 0));
    let existing = |owner: &str| CreateHold {
        id: booking(1),
        owner: owner.into(),
        source: HoldSource::Existing,
        lifetime: Duration::from_secs(120),
    };
    let taken = inventory.run(existing("ann")).await.unwrap();
    assert!(taken.expires_at > first.expires_at, "the hold lives at least as long as a booking needs");
    let refused = inventory.run(existing("bob")).await;
    assert!(
        matches!(refused, Err(Failure::Refused(Refusal::NotFound { .. }))),
        "the hold of another owner is not found"
    );
}

#[tokio::test]
async fn holds_expire_and_release_their_seats_once() {
    let inventory = TestInventory::with_capacity(5).await;
    inventory.hold(1, 2).await.unwrap();
    inventory.hold(2, 1).await.unwrap();
    let release = || ReleaseHold { id: booking(2), owner: Some("ann".into()) };
    inventory.run(release()).await.unwrap();
    inventory.run(release()).await.unwrap();
    assert_eq!(inventory.taken().await, (2, 0));
    let other = ReleaseHold { id: booking(1), owner: Some("bob".into()) };
    assert!(matches!(inventory.run(other).await, Err(Failure::Refused(Refusal::NotFound { .. }))));

    let expire = || ExpireHolds(vec![booking(1), booking(2)]);
    assert_eq!(inventory.run(expire()).await.unwrap(), 0, "not before its end");
    inventory.clock.advance(Duration::from_secs(60));
    assert_eq!(inventory.run(expire()).await.unwrap(), 1);
    assert_eq!(inventory.run(expire()).await.unwrap(), 0);
    assert_eq!(
        (inventory.stored_hold(1).await.status, inventory.stored_hold(2).await.status),
        (HoldStatus::Expired, HoldStatus::Released)
    );
    assert_eq!(inventory.taken().await, (0, 0));
    assert!(matches!(inventory.hold(1, 2).await, Err(Refusal::HoldOver)));
}

#[tokio::test]
async fn capacity_is_reduced_no_further_than_the_taken_seats() {
    let inventory = TestInventory::with_capacity(5).await;
    inventory.hold(1, 3).await.unwrap();
    let olga = || Actor { subject: "olga".into(), is_operator: false };
    let resize = |actor, capacity| inventory.run(SetCapacity { actor, event: event(1), capacity });
    assert!(matches!(resize(olga(), 2).await, Err(Failure::Refused(Refusal::CapacityTaken { taken: 3 }))));
    resize(olga(), 3).await.unwrap();
    resize(olga(), 3).await.unwrap();
    assert!(matches!(inventory.hold(2, 1).await, Err(Refusal::SoldOut { available: 0, .. })));
    let not_a_member = Actor { subject: "bob".into(), is_operator: false };
    assert!(matches!(resize(not_a_member, 9).await, Err(Failure::Refused(Refusal::NotAMember(1)))));
    let operator = Actor { subject: "otto".into(), is_operator: true };
    resize(operator, 9).await.unwrap();
}
