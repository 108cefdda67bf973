//! Changes and deletions of the catalogue, alone and together with concurrent buyers.

mod ticket_types;

use boxoffice_contracts::{QuotaId, TicketTypeId, VenueId};
use boxoffice_inventory::{
    Refusal,
    commands::{Actor, ChangeEvent, ChangeVenue, CreateVenue, DeleteEvent, DeleteVenue, RemoveMember},
    domain::{EventStatus, HoldStatus},
    store::{Event, Quota, TicketType, Venue},
};
use boxoffice_writer::{Command, Conditional, ConditionalRefused, ExpectedVersion, Failure};

use crate::{
    harness::{TestInventory, event},
    orders::{created, reserved},
};

fn olga() -> Actor {
    Actor { subject: "olga".into(), is_operator: false }
}

fn mallory() -> Actor {
    Actor { subject: "mallory".into(), is_operator: false }
}

/// A change that keeps all fields of event 1, to be modified by a test.
fn change() -> ChangeEvent {
    ChangeEvent {
        actor: olga(),
        id: event(1),
        organizer: None,
        currency: None,
        venue: None,
        name: "Night".into(),
        description: String::new(),
        starts_at: "2031-01-01T19:00:00Z".parse().unwrap(),
        time_zone: None,
        status: None,
        capacity: None,
    }
}

fn with_status(status: EventStatus) -> ChangeEvent {
    ChangeEvent { status: Some(status), ..change() }
}

async fn refusal<C: Command<Refusal = Refusal>>(inventory: &TestInventory, command: C) -> Refusal {
    match inventory.run(command).await {
        Err(Failure::Refused(refusal)) => refusal,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("the command succeeded"),
    }
}

fn in_use(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::InUse(_))
}

#[tokio::test]
async fn an_event_is_deleted_when_it_has_no_taken_seats() {
    let inventory = TestInventory::with_capacity(5).await;
    inventory.hold(1, 2).await.unwrap();
    let delete = || DeleteEvent { actor: olga(), id: event(1) };
    assert!(in_use(&refusal(&inventory, delete()).await), "held");
    inventory.deliver(&created(1, 2)).await.unwrap();
    assert!(in_use(&refusal(&inventory, delete()).await), "claimed");
    inventory.deliver(&crate::orders::paid(1, true)).await.unwrap();
    assert!(in_use(&refusal(&inventory, delete()).await), "sold");
    inventory.deliver(&crate::orders::cancelled(1)).await.unwrap();
    assert_eq!(refusal(&inventory, DeleteEvent { actor: mallory(), id: event(1) }).await, Refusal::NotAMember(1));
    inventory.run(delete()).await.unwrap();
    assert_eq!(inventory.row::<Event>(event(1)).await, None);
    assert_eq!(inventory.row::<Quota>(QuotaId::from(1)).await, None);
    for kind in [1, 2] {
        assert_eq!(inventory.row::<TicketType>(TicketTypeId::from(kind)).await, None);
    }
    assert!(matches!(refusal(&inventory, delete()).await, Refusal::NotFound { what: "event", .. }));
    assert_eq!(inventory.stored_hold(1).await.hold_lines.total_quantity(), 2, "an ended hold keeps its lines");
}

#[tokio::test]
async fn the_first_of_a_deletion_and_a_hold_wins() {
    let inventory = TestInventory::with_capacity(5).await;
    let (bought, deleted) =
        tokio::join!(inventory.hold(1, 1), inventory.run(DeleteEvent { actor: olga(), id: event(1) }));
    assert!(bought.is_ok() && matches!(deleted, Err(Failure::Refused(Refusal::InUse(_)))));

    let inventory = TestInventory::with_capacity(5).await;
    let (deleted, bought) =
        tokio::join!(inventory.run(DeleteEvent { actor: olga(), id: event(1) }), inventory.hold(1, 1));
    assert!(deleted.is_ok() && matches!(bought, Err(Refusal::NotFound { what: "ticket type", .. })));

    let inventory = TestInventory::with_capacity(5).await;
    let (closed, bought) = tokio::join!(inventory.run(with_status(EventStatus::Closed)), inventory.hold(1, 1));
    assert!(closed.is_ok() && bought == Err(Refusal::NotOnSale(1)));

    let inventory = TestInventory::with_capacity(5).await;
    let (bought, closed) = tokio::join!(inventory.hold(1, 1), inventory.run(with_status(EventStatus::Closed)));
    assert!(closed.is_ok() && bought.is_ok());
    inventory.deliver(&created(1, 1)).await.unwrap();
    assert_eq!(
        inventory.stored_hold(1).await.status,
        HoldStatus::Claimed,
        "the owner of a hold may buy its seats after the sale is closed"
    );
}

#[tokio::test]
async fn one_of_two_conditional_changes_of_one_version_wins() {
    let inventory = TestInventory::with_capacity(5).await;
    let conditional = |name: &str| Conditional::<Event, _> {
        row: event(1),
        expected: ExpectedVersion::OneOf(vec![1]),
        command: ChangeEvent { name: name.into(), ..change() },
    };
    let (first, second) = tokio::join!(inventory.run(conditional("First")), inventory.run(conditional("Second")));
    assert!(first.is_ok());
    assert!(matches!(second, Err(Failure::Refused(ConditionalRefused::Changed(Some(2))))));
    let not_a_member = ChangeEvent { actor: mallory(), ..change() };
    let not_a_member =
        Conditional::<Event, _> { row: event(1), expected: ExpectedVersion::OneOf(vec![1]), command: not_a_member };
    assert!(matches!(
        inventory.run(not_a_member).await,
        Err(Failure::Refused(ConditionalRefused::Refused(Refusal::NotAMember(1))))
    ));
    assert_eq!(inventory.row::<Event>(event(1)).await.unwrap().name, "First");
    inventory.run(ChangeEvent { name: "Last".into(), ..change() }).await.unwrap();
    assert_eq!(inventory.row::<Event>(event(1)).await.unwrap().name, "Last", "an unconditional change succeeds");
}

#[tokio::test]
async fn an_event_is_replaced_except_for_its_fixed_fields() {
    let inventory = TestInventory::with_capacity(5).await;
    inventory.hold(1, 3).await.unwrap();
    for (wrong, expected) in [
        (ChangeEvent { organizer: Some(2.into()), ..change() }, Refusal::Fixed("organizerId")),
        (ChangeEvent { currency: Some("JPY".parse().unwrap()), ..change() }, Refusal::Fixed("currency")),
        (ChangeEvent { starts_at: "2029-01-01T00:00:00Z".parse().unwrap(), ..change() }, Refusal::PastStart),
        (ChangeEvent { capacity: Some(2), ..change() }, Refusal::CapacityTaken { taken: 3 }),
        (ChangeEvent { actor: mallory(), ..change() }, Refusal::NotAMember(1)),
    ] {
        assert_eq!(refusal(&inventory, wrong).await, expected);
    }
    let unknown_venue = ChangeEvent { venue: Some(VenueId::from(9)), capacity: Some(9), ..change() };
    assert!(matches!(refusal(&inventory, unknown_venue).await, Refusal::NotFound { what: "venue", .. }));
    assert_eq!(inventory.row::<Event>(event(1)).await.unwrap().version, 1, "a refused change has no effect");
    inventory.run(ChangeEvent { capacity: Some(3), time_zone: Some("Asia/Tokyo".into()), ..change() }).await.unwrap();
    let changed = inventory.row::<Event>(event(1)).await.unwrap();
    assert_eq!((changed.version, &*changed.time_zone, changed.status), (2, "Asia/Tokyo", EventStatus::OnSale));
    assert_eq!(inventory.row::<Quota>(QuotaId::from(1)).await.unwrap().capacity, 3);

    inventory.run(with_status(EventStatus::Closed)).await.unwrap();
    inventory.run(change()).await.unwrap();
    assert_eq!(
        inventory.row::<Event>(event(1)).await.unwrap().status,
        EventStatus::Closed,
        "a change without a status keeps it"
    );
    inventory.run(with_status(EventStatus::Cancelled)).await.unwrap();
    assert_eq!(refusal(&inventory, with_status(EventStatus::OnSale)).await, Refusal::Cancelled);
    // An event that has started can be changed while its start stays.
    inventory.clock.advance(std::time::Duration::from_secs(2 * 366 * 24 * 3600));
    inventory.run(ChangeEvent { description: "A description.".into(), ..change() }).await.unwrap();
}

#[tokio::test]
async fn a_started_or_cancelled_event_is_not_sold() {
    let inventory = TestInventory::with_capacity(5).await;
    inventory.hold(1, 1).await.unwrap();
    inventory.hold(2, 1).await.unwrap();
    inventory.run(with_status(EventStatus::Cancelled)).await.unwrap();
    assert_eq!(inventory.hold(3, 1).await, Err(Refusal::NotOnSale(1)));
    assert_eq!(inventory.hold(1, 1).await, Err(Refusal::NotOnSale(1)), "not even from a hold");
    inventory.deliver(&created(1, 1)).await.unwrap();
    assert_eq!(inventory.stored_hold(1).await.status, HoldStatus::Released);
    assert_eq!(reserved(&inventory.last_published().await), (false, "unavailable".to_owned()));
    assert_eq!(inventory.taken().await, (1, 0), "the other hold is released or expires");

    let inventory = TestInventory::with_capacity(5).await;
    inventory.clock.advance(std::time::Duration::from_secs(366 * 24 * 3600));
    assert_eq!(inventory.hold(1, 1).await, Err(Refusal::NotOnSale(1)));
    inventory.deliver(&created(2, 1)).await.unwrap();
    assert_eq!(reserved(&inventory.last_published().await), (false, "unavailable".to_owned()));
}

#[tokio::test]
async fn a_venue_is_deleted_when_it_has_no_events() {
    let inventory = TestInventory::with_capacity(5).await;
    let new = CreateVenue {
        actor: olga(),
        organizer: 1.into(),
        name: "Hall".into(),
        address: String::new(),
        total_capacity: 10,
    };
    let venue = inventory.run(new).await.unwrap().id;
    let put = |actor, organizer: Option<i64>| ChangeVenue {
        actor,
        id: venue,
        organizer: organizer.map(Into::into),
        name: "New Hall".into(),
        address: "Street 1".into(),
        total_capacity: 20,
    };
    assert_eq!(refusal(&inventory, put(mallory(), None)).await, Refusal::NotAMember(1));
    assert_eq!(refusal(&inventory, put(olga(), Some(2))).await, Refusal::Fixed("organizerId"));
    let changed = inventory.run(put(olga(), Some(1))).await.unwrap();
    assert_eq!((changed.version, &*changed.name, changed.total_capacity), (2, "New Hall", 20));

    let delete = |actor| DeleteVenue { actor, id: venue };
    let (moved, deleted) =
        tokio::join!(inventory.run(ChangeEvent { venue: Some(venue), ..change() }), inventory.run(delete(olga())));
    assert!(moved.is_ok() && matches!(deleted, Err(Failure::Refused(Refusal::InUse(_)))));
    inventory.run(change()).await.unwrap();
    assert_eq!(refusal(&inventory, delete(mallory())).await, Refusal::NotAMember(1));
    let (deleted, moved) =
        tokio::join!(inventory.run(delete(olga())), inventory.run(ChangeEvent { venue: Some(venue), ..change() }));
    assert!(deleted.is_ok() && matches!(moved, Err(Failure::Refused(Refusal::NotFound { what: "venue", .. }))));
    assert_eq!(inventory.row::<Venue>(venue).await, None);
}

#[tokio::test]
async fn the_last_member_cannot_be_removed() {
    let inventory = TestInventory::with_capacity(5).await;
    let remove = |subject: &str| RemoveMember { actor: olga(), organizer: 1.into(), subject: subject.into() };
    assert!(matches!(refusal(&inventory, remove("olga")).await, Refusal::LastOne(_)));
    inventory.run(remove("unknown")).await.unwrap();
    let add = |subject: &str| boxoffice_inventory::commands::AddMember {
        actor: olga(),
        organizer: 1.into(),
        subject: subject.into(),
    };
    inventory.run(add("oscar")).await.unwrap();
    let oscar = Actor { subject: "oscar".into(), is_operator: false };
    let each_other = RemoveMember { actor: oscar, organizer: 1.into(), subject: "olga".into() };
    let (first, second) = tokio::join!(inventory.run(remove("oscar")), inventory.run(each_other));
    assert!(first.is_ok() && second.is_err(), "one of two members who remove each other stays");
}
