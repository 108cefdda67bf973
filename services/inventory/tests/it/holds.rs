use std::time::Duration;

use boxoffice_contracts::TicketTypeId;
use boxoffice_inventory::{
    Refusal,
    commands::{Actor, ExpireHolds, ReleaseHold, SetCapacity, TakeHold, What},
    domain::{HoldStatus, Wanted},
};
use boxoffice_writer::Failure;

use crate::house::{House, booking, event, quantity};

#[tokio::test]
async fn a_thousand_buyers_and_a_hundred_places() {
    let house = House::with_capacity(100).await;
    let buyers = (0..1000).map(|number| house.hold(number, 1 + u32::try_from(number % 3).unwrap()));
    let (mut taken, mut refused) = (0, 0);
    for outcome in join_all(buyers).await {
        match outcome {
            Ok(hold) => taken += i64::from(hold.lines.total_quantity()),
            Err(Refusal::SoldOut { .. }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(taken, 100, "every place finds a buyer when somebody asks for one at a time");
    assert!(refused > 0);
    assert_eq!(house.taken().await, (100, 0));
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
async fn all_lines_or_none() {
    let house = House::with_capacity(5).await;
    let (floor, balcony) = (TicketTypeId::from(1), TicketTypeId::from(2));
    let lines = vec![Wanted::Type(floor, quantity(3)), Wanted::Type(balcony, quantity(3))];
    assert!(matches!(house.hold_lines(1, lines).await, Err(Refusal::SoldOut { wanted: 3, available: 2 })));
    assert_eq!(house.taken().await, (0, 0), "the line that fitted is given back");
    let lines = vec![Wanted::Event(event(1), quantity(3)), Wanted::Type(balcony, quantity(2))];
    let hold = house.hold_lines(1, lines).await.unwrap();
    assert_eq!(hold.lines[0].ticket_type_id, floor, "an event stands for its first type");
    assert_eq!(hold.lines.total(hold.currency).unwrap().minor, 3 * 2550 + 2 * 1000);
}

#[tokio::test]
async fn a_hold_repeated_is_the_same_hold() {
    let house = House::with_capacity(5).await;
    let first = house.hold(1, 2).await.unwrap();
    assert_eq!(house.hold(1, 2).await.unwrap().taken_at, first.taken_at);
    assert_eq!(house.taken().await, (2, 0));
    let existing = |owner: &str| TakeHold {
        id: booking(1),
        owner: owner.into(),
        what: What::Existing,
        life: Duration::from_secs(120),
    };
    let taken = house.run(existing("ann")).await.unwrap();
    assert!(taken.expires_at > first.expires_at, "a booking's own time is granted at least");
    let refused = house.run(existing("bob")).await;
    assert!(matches!(refused, Err(Failure::Refused(Refusal::NotFound { .. }))), "another's hold is not shown");
}

#[tokio::test]
async fn holds_run_out_and_are_given_back_once() {
    let house = House::with_capacity(5).await;
    house.hold(1, 2).await.unwrap();
    house.hold(2, 1).await.unwrap();
    let release = || ReleaseHold { id: booking(2), owner: Some("ann".into()) };
    house.run(release()).await.unwrap();
    house.run(release()).await.unwrap();
    assert_eq!(house.taken().await, (2, 0));
    let other = ReleaseHold { id: booking(1), owner: Some("bob".into()) };
    assert!(matches!(house.run(other).await, Err(Failure::Refused(Refusal::NotFound { .. }))));

    let expire = || ExpireHolds(vec![booking(1), booking(2)]);
    assert_eq!(house.run(expire()).await.unwrap(), 0, "not before its time");
    house.hand.advance(Duration::from_secs(60));
    assert_eq!(house.run(expire()).await.unwrap(), 1);
    assert_eq!(house.run(expire()).await.unwrap(), 0);
    assert_eq!((house.row(1).await.status, house.row(2).await.status), (HoldStatus::Expired, HoldStatus::Released));
    assert_eq!(house.taken().await, (0, 0));
    assert!(matches!(house.hold(1, 2).await, Err(Refusal::HoldOver)));
}

#[tokio::test]
async fn capacity_is_set_down_to_what_is_taken() {
    let house = House::with_capacity(5).await;
    house.hold(1, 3).await.unwrap();
    let olga = || Actor { subject: "olga".into(), is_operator: false };
    let resize = |actor, capacity| house.run(SetCapacity { actor, event: event(1), capacity });
    assert!(matches!(resize(olga(), 2).await, Err(Failure::Refused(Refusal::CapacityTaken { taken: 3 }))));
    resize(olga(), 3).await.unwrap();
    resize(olga(), 3).await.unwrap();
    assert!(matches!(house.hold(2, 1).await, Err(Refusal::SoldOut { available: 0, .. })));
    let stranger = Actor { subject: "bob".into(), is_operator: false };
    assert!(matches!(resize(stranger, 9).await, Err(Failure::Refused(Refusal::NotAMember(1)))));
    let operator = Actor { subject: "otto".into(), is_operator: true };
    resize(operator, 9).await.unwrap();
}
