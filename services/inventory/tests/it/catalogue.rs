//! Changes and deletions of the catalogue, alone and together with concurrent buyers.

use boxoffice_contracts::{EventId, QuotaId, TicketTypeId, VenueId};
use boxoffice_inventory::{
    Refusal,
    commands::{
        Actor, ChangeEvent, ChangeTicketType, ChangeVenue, CreateTicketType, CreateVenue, DeleteEvent,
        DeleteTicketType, DeleteVenue, NewTicketType, QuotaSource, ReleaseHold, RemoveMember, SetCapacity, SetQuota,
    },
    domain::{EventStatus, HoldStatus},
    store::{self, Event, Quota, TicketType, Venue},
};
use boxoffice_writer::{Command, Conditional, ConditionalRefused, ExpectedVersion, Failure};

use crate::{
    harness::{TestInventory, booking, event},
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

async fn row<R: boxoffice_database::Row>(inventory: &TestInventory, key: R::Key) -> Option<R> {
    inventory.writer.database().get::<R>(key).await.unwrap()
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
    assert_eq!(row::<Event>(&inventory, event(1)).await, None);
    assert_eq!(row::<Quota>(&inventory, QuotaId::from(1)).await, None);
    for kind in [1, 2] {
        assert_eq!(row::<TicketType>(&inventory, TicketTypeId::from(kind)).await, None);
    }
    assert!(matches!(refusal(&inventory, delete()).await, Refusal::NotFound { what: "event", .. }));
    assert_eq!(inventory.row(1).await.hold_lines.total_quantity(), 2, "an ended hold keeps its lines");
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
        inventory.row(1).await.status,
        HoldStatus::Claimed,
        "the owner of a hold may buy its seats after the sale is closed"
    );
}

#[tokio::test]
async fn one_of_two_conditional_changes_of_one_version_wins() {
    let inventory = TestInventory::with_capacity(5).await;
    let seen = |name: &str| Conditional::<Event, _> {
        row: event(1),
        expected: ExpectedVersion::OneOf(vec![1]),
        command: ChangeEvent { name: name.into(), ..change() },
    };
    let (first, second) = tokio::join!(inventory.run(seen("First")), inventory.run(seen("Second")));
    assert!(first.is_ok());
    assert!(matches!(second, Err(Failure::Refused(ConditionalRefused::Changed(Some(2))))));
    let stranger = ChangeEvent { actor: mallory(), ..change() };
    let stranger =
        Conditional::<Event, _> { row: event(1), expected: ExpectedVersion::OneOf(vec![1]), command: stranger };
    assert!(matches!(
        inventory.run(stranger).await,
        Err(Failure::Refused(ConditionalRefused::Refused(Refusal::NotAMember(1))))
    ));
    assert_eq!(row::<Event>(&inventory, event(1)).await.unwrap().name, "First");
    inventory.run(ChangeEvent { name: "Last".into(), ..change() }).await.unwrap();
    assert_eq!(row::<Event>(&inventory, event(1)).await.unwrap().name, "Last", "without a condition the last one wins");
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
    let nowhere = ChangeEvent { venue: Some(VenueId::from(9)), capacity: Some(9), ..change() };
    assert!(matches!(refusal(&inventory, nowhere).await, Refusal::NotFound { what: "venue", .. }));
    assert_eq!(row::<Event>(&inventory, event(1)).await.unwrap().version, 1, "what is refused changes nothing");
    inventory.run(ChangeEvent { capacity: Some(3), time_zone: Some("Asia/Tokyo".into()), ..change() }).await.unwrap();
    let changed = row::<Event>(&inventory, event(1)).await.unwrap();
    assert_eq!((changed.version, &*changed.time_zone, changed.status), (2, "Asia/Tokyo", EventStatus::OnSale));
    assert_eq!(row::<Quota>(&inventory, QuotaId::from(1)).await.unwrap().capacity, 3);

    inventory.run(with_status(EventStatus::Closed)).await.unwrap();
    inventory.run(change()).await.unwrap();
    assert_eq!(
        row::<Event>(&inventory, event(1)).await.unwrap().status,
        EventStatus::Closed,
        "a change says no status"
    );
    inventory.run(with_status(EventStatus::Cancelled)).await.unwrap();
    assert_eq!(refusal(&inventory, with_status(EventStatus::OnSale)).await, Refusal::Cancelled);
    // What has begun can be described anew, while it begins when it did.
    inventory.hand.advance(std::time::Duration::from_secs(2 * 366 * 24 * 3600));
    inventory.run(ChangeEvent { description: "It was good.".into(), ..change() }).await.unwrap();
}

#[tokio::test]
async fn a_started_or_cancelled_event_is_not_sold() {
    let inventory = TestInventory::with_capacity(5).await;
    inventory.hold(1, 1).await.unwrap();
    inventory.hold(2, 1).await.unwrap();
    inventory.run(with_status(EventStatus::Cancelled)).await.unwrap();
    assert_eq!(inventory.hold(3, 1).await, Err(Refusal::NotOnSale(1)));
    assert_eq!(inventory.hold(1, 1).await, Err(Refusal::NotOnSale(1)), "nor booked from a hold");
    inventory.deliver(&created(1, 1)).await.unwrap();
    assert_eq!(inventory.row(1).await.status, HoldStatus::Released);
    assert_eq!(reserved(&inventory.last_published().await), (false, "unavailable".to_owned()));
    assert_eq!(inventory.taken().await, (1, 0), "the other one gives its places back, or runs out");

    let inventory = TestInventory::with_capacity(5).await;
    inventory.hand.advance(std::time::Duration::from_secs(366 * 24 * 3600));
    assert_eq!(inventory.hold(1, 1).await, Err(Refusal::NotOnSale(1)));
    inventory.deliver(&created(2, 1)).await.unwrap();
    assert_eq!(reserved(&inventory.last_published().await), (false, "unavailable".to_owned()));
}

/// Deletes a ticket type as the handler does, if its quota is unchanged.
async fn delete_type(inventory: &TestInventory, id: i64) -> Result<(), Failure<ConditionalRefused<Refusal>>> {
    let id = TicketTypeId::from(id);
    let (quota, is_in_use) = store::quota_and_use_of(inventory.writer.database(), id).await.unwrap().unwrap();
    delete_type_if_unchanged(inventory, id, &quota, is_in_use).await
}

async fn delete_type_if_unchanged(
    inventory: &TestInventory,
    id: TicketTypeId,
    quota: &Quota,
    is_in_use: bool,
) -> Result<(), Failure<ConditionalRefused<Refusal>>> {
    let command = DeleteTicketType { actor: olga(), id, is_in_use };
    inventory
        .run(Conditional::<Quota, _> { row: quota.id, expected: ExpectedVersion::OneOf(vec![quota.version]), command })
        .await
}

fn refused(outcome: Result<(), Failure<ConditionalRefused<Refusal>>>) -> Refusal {
    match outcome {
        Err(Failure::Refused(ConditionalRefused::Refused(refusal))) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_ticket_type_is_deleted_when_it_has_no_taken_seats() {
    let inventory = TestInventory::with_capacity(5).await;
    inventory.hold(1, 2).await.unwrap();
    assert!(in_use(&refused(delete_type(&inventory, 1).await)), "held");
    let balcony = TicketTypeId::from(2);
    let (quota, is_in_use) = store::quota_and_use_of(inventory.writer.database(), balcony).await.unwrap().unwrap();
    assert!(!is_in_use, "the held seats of the quota belong to another type");
    let line = crate::harness::of_type(balcony, crate::harness::quantity(1));
    inventory.hold_lines(2, vec![line]).await.unwrap();
    let late = delete_type_if_unchanged(&inventory, balcony, &quota, is_in_use).await;
    assert!(matches!(late, Err(Failure::Refused(ConditionalRefused::Changed(Some(_))))), "{late:?}");
    assert!(in_use(&refused(delete_type(&inventory, 2).await)), "in use when checked again");
    inventory.run(ReleaseHold { id: booking(2), owner: None }).await.unwrap();
    delete_type(&inventory, 2).await.unwrap();
    assert!(matches!(inventory.hold_lines(3, vec![line]).await, Err(Refusal::NotFound { what: "ticket type", .. })));
    inventory.run(ReleaseHold { id: booking(1), owner: None }).await.unwrap();
    assert!(matches!(refused(delete_type(&inventory, 1).await), Refusal::LastOne(_)));
    // An order for a deleted ticket type is refused and takes no seats.
    let mut order = created(4, 1);
    order.items[0].product_id = balcony;
    inventory.deliver(&order).await.unwrap();
    assert_eq!(reserved(&inventory.last_published().await), (false, "unavailable".to_owned()));
    assert_eq!(inventory.taken().await, (0, 0));
}

#[tokio::test]
async fn a_new_price_applies_to_new_holds() {
    let inventory = TestInventory::with_capacity(5).await;
    let before = inventory.hold(1, 1).await.unwrap();
    let ticket_type = NewTicketType { name: "Stalls".into(), price_minor: 4000 };
    let id = TicketTypeId::from(1);
    inventory.run(ChangeTicketType { actor: olga(), id, ticket_type: ticket_type.clone() }).await.unwrap();
    assert_eq!(
        refusal(&inventory, ChangeTicketType { actor: mallory(), id, ticket_type }).await,
        Refusal::NotAMember(1)
    );
    inventory.deliver(&created(1, 1)).await.unwrap();
    assert_eq!(inventory.row(1).await.hold_lines, before.hold_lines);
    assert!(reserved(&inventory.last_published().await).0, "at the price at which it was held");
    let after = inventory.hold(2, 1).await.unwrap();
    assert_eq!((&*after.hold_lines[0].name, after.hold_lines[0].unit_price_minor), ("Stalls", 4000));
}

#[tokio::test]
async fn ticket_types_draw_from_one_quota_or_several() {
    let inventory = TestInventory::with_capacity(5).await;
    let add = |quota| CreateTicketType {
        actor: olga(),
        event: event(1),
        ticket_type: NewTicketType { name: "More".into(), price_minor: 0 },
        quota,
    };
    let of = |id| QuotaSource::Existing(QuotaId::from(id));
    assert_eq!(inventory.run(add(of(1))).await.unwrap().quota_id.get(), 1);
    assert!(matches!(refusal(&inventory, add(of(2))).await, Refusal::NotFound { what: "quota", .. }));
    let own = inventory.run(add(QuotaSource::New(7))).await.unwrap();
    assert_eq!(own.quota_id.get(), 2);
    assert_eq!(inventory.run(add(of(2))).await.unwrap().quota_id.get(), 2);
    let capacity = |capacity| SetCapacity { actor: olga(), event: event(1), capacity };
    assert_eq!(refusal(&inventory, capacity(20)).await, Refusal::SeveralQuotas);
    inventory.run(capacity(12)).await.unwrap();
    assert_eq!(refusal(&inventory, ChangeEvent { capacity: Some(20), ..change() }).await, Refusal::SeveralQuotas);

    let quota = |actor, capacity| SetQuota { actor, id: QuotaId::from(2), capacity };
    let line = crate::harness::of_type(own.id, crate::harness::quantity(3));
    inventory.hold_lines(1, vec![line]).await.unwrap();
    assert_eq!(refusal(&inventory, quota(olga(), 2)).await, Refusal::CapacityTaken { taken: 3 });
    assert_eq!(refusal(&inventory, quota(mallory(), 9)).await, Refusal::NotAMember(1));
    let before = row::<Event>(&inventory, event(1)).await.unwrap().version;
    inventory.run(quota(olga(), 3)).await.unwrap();
    inventory.run(quota(olga(), 3)).await.unwrap();
    assert_eq!(row::<Event>(&inventory, event(1)).await.unwrap().version, before + 1, "one change of the event");
    assert!(matches!(inventory.hold_lines(2, vec![line]).await, Err(Refusal::SoldOut { available: 0, .. })));
    inventory.run(ReleaseHold { id: booking(1), owner: None }).await.unwrap();
    for id in [own.id.get(), own.id.get() + 1] {
        delete_type(&inventory, id).await.unwrap();
    }
    assert_eq!(
        row::<Quota>(&inventory, QuotaId::from(2)).await,
        None,
        "a quota goes with the last type that draws from it"
    );
    inventory.run(capacity(20)).await.unwrap();
}

#[tokio::test]
async fn an_event_has_at_most_a_hundred_types() {
    let inventory = TestInventory::with_capacity(5).await;
    let ticket_type = || NewTicketType { name: "More".into(), price_minor: 0 };
    let add = || CreateTicketType {
        actor: olga(),
        event: EventId::from(1),
        ticket_type: ticket_type(),
        quota: QuotaSource::First,
    };
    for _ in 2..100 {
        inventory.run(add()).await.unwrap();
    }
    assert_eq!(refusal(&inventory, add()).await, Refusal::TooManyTypes);
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
    assert_eq!(row::<Venue>(&inventory, venue).await, None);
}

#[tokio::test]
async fn the_last_member_cannot_be_removed() {
    let inventory = TestInventory::with_capacity(5).await;
    let remove = |subject: &str| RemoveMember { actor: olga(), organizer: 1.into(), subject: subject.into() };
    assert!(matches!(refusal(&inventory, remove("olga")).await, Refusal::LastOne(_)));
    inventory.run(remove("nobody")).await.unwrap();
    let add = |subject: &str| boxoffice_inventory::commands::AddMember {
        actor: olga(),
        organizer: 1.into(),
        subject: subject.into(),
    };
    inventory.run(add("oscar")).await.unwrap();
    let oscar = Actor { subject: "oscar".into(), is_operator: false };
    let each_other = RemoveMember { actor: oscar, organizer: 1.into(), subject: "olga".into() };
    let (first, second) = tokio::join!(inventory.run(remove("oscar")), inventory.run(each_other));
    assert!(first.is_ok() && second.is_err(), "of two that remove each other one stays");
}
