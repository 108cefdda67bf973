//! The catalogue changes and goes, whatever is bought at the same moment.

use boxoffice_contracts::{EventId, QuotaId, TicketTypeId, VenueId};
use boxoffice_inventory::{
    Refusal,
    commands::{
        Actor, ChangeEvent, ChangeTicketType, ChangeVenue, CreateTicketType, CreateVenue, DeleteEvent,
        DeleteTicketType, DeleteVenue, NewTicketType, Places, ReleaseHold, RemoveMember, SetCapacity, SetQuota,
    },
    domain::{EventStatus, HoldStatus},
    store::{self, Event, Quota, TicketType, Venue},
};
use boxoffice_writer::{Command, Conditional, ConditionalRefused, ExpectedVersion, Failure};

use crate::{
    house::{House, booking, event},
    orders::{created, reserved},
};

fn olga() -> Actor {
    Actor { subject: "olga".into(), is_operator: false }
}

fn mallory() -> Actor {
    Actor { subject: "mallory".into(), is_operator: false }
}

/// The event as it is, to be changed in one respect.
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

fn become_(status: EventStatus) -> ChangeEvent {
    ChangeEvent { status: Some(status), ..change() }
}

async fn refusal<C: Command<Refusal = Refusal>>(house: &House, command: C) -> Refusal {
    match house.run(command).await {
        Err(Failure::Refused(refusal)) => refusal,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was done"),
    }
}

fn in_use(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::InUse(_))
}

async fn row<R: boxoffice_database::Row>(house: &House, key: R::Key) -> Option<R> {
    house.writer.database().get::<R>(key).await.unwrap()
}

#[tokio::test]
async fn an_event_goes_when_nobody_has_places_of_it() {
    let house = House::with_capacity(5).await;
    house.hold(1, 2).await.unwrap();
    let delete = || DeleteEvent { actor: olga(), id: event(1) };
    assert!(in_use(&refusal(&house, delete()).await), "held");
    house.hear(&created(1, 2)).await.unwrap();
    assert!(in_use(&refusal(&house, delete()).await), "claimed");
    house.hear(&crate::orders::paid(1, true)).await.unwrap();
    assert!(in_use(&refusal(&house, delete()).await), "sold");
    house.hear(&crate::orders::cancelled(1)).await.unwrap();
    assert_eq!(refusal(&house, DeleteEvent { actor: mallory(), id: event(1) }).await, Refusal::NotAMember(1));
    house.run(delete()).await.unwrap();
    assert_eq!(row::<Event>(&house, event(1)).await, None);
    assert_eq!(row::<Quota>(&house, QuotaId::from(1)).await, None);
    for kind in [1, 2] {
        assert_eq!(row::<TicketType>(&house, TicketTypeId::from(kind)).await, None);
    }
    assert!(matches!(refusal(&house, delete()).await, Refusal::NotFound { what: "event", .. }));
    assert_eq!(house.row(1).await.lines.total_quantity(), 2, "what was held is still said");
}

#[tokio::test]
async fn of_a_deletion_and_a_buyer_the_first_one_wins() {
    let house = House::with_capacity(5).await;
    let (bought, deleted) = tokio::join!(house.hold(1, 1), house.run(DeleteEvent { actor: olga(), id: event(1) }));
    assert!(bought.is_ok() && matches!(deleted, Err(Failure::Refused(Refusal::InUse(_)))));

    let house = House::with_capacity(5).await;
    let (deleted, bought) = tokio::join!(house.run(DeleteEvent { actor: olga(), id: event(1) }), house.hold(1, 1));
    assert!(deleted.is_ok() && matches!(bought, Err(Refusal::NotFound { what: "ticket type", .. })));

    let house = House::with_capacity(5).await;
    let (closed, bought) = tokio::join!(house.run(become_(EventStatus::Closed)), house.hold(1, 1));
    assert!(closed.is_ok() && bought == Err(Refusal::NotOnSale(1)));

    let house = House::with_capacity(5).await;
    let (bought, closed) = tokio::join!(house.hold(1, 1), house.run(become_(EventStatus::Closed)));
    assert!(closed.is_ok() && bought.is_ok());
    house.hear(&created(1, 1)).await.unwrap();
    assert_eq!(house.row(1).await.status, HoldStatus::Claimed, "who held places before may buy them");
}

#[tokio::test]
async fn of_two_changes_made_from_one_reading_one_wins() {
    let house = House::with_capacity(5).await;
    let seen = |name: &str| Conditional::<Event, _> {
        row: event(1),
        expected: ExpectedVersion::Versions(vec![1]),
        command: ChangeEvent { name: name.into(), ..change() },
    };
    let (first, second) = tokio::join!(house.run(seen("First")), house.run(seen("Second")));
    assert!(first.is_ok());
    assert!(matches!(second, Err(Failure::Refused(ConditionalRefused::Changed(Some(2))))));
    let stranger = ChangeEvent { actor: mallory(), ..change() };
    let stranger =
        Conditional::<Event, _> { row: event(1), expected: ExpectedVersion::Versions(vec![1]), command: stranger };
    assert!(matches!(
        house.run(stranger).await,
        Err(Failure::Refused(ConditionalRefused::Refused(Refusal::NotAMember(1))))
    ));
    assert_eq!(row::<Event>(&house, event(1)).await.unwrap().name, "First");
    house.run(ChangeEvent { name: "Last".into(), ..change() }).await.unwrap();
    assert_eq!(row::<Event>(&house, event(1)).await.unwrap().name, "Last", "without a condition the last one wins");
}

#[tokio::test]
async fn an_event_is_replaced_as_far_as_it_can_be() {
    let house = House::with_capacity(5).await;
    house.hold(1, 3).await.unwrap();
    for (wrong, expected) in [
        (ChangeEvent { organizer: Some(2.into()), ..change() }, Refusal::Fixed("organizerId")),
        (ChangeEvent { currency: Some("JPY".parse().unwrap()), ..change() }, Refusal::Fixed("currency")),
        (ChangeEvent { starts_at: "2029-01-01T00:00:00Z".parse().unwrap(), ..change() }, Refusal::PastStart),
        (ChangeEvent { capacity: Some(2), ..change() }, Refusal::CapacityTaken { taken: 3 }),
        (ChangeEvent { actor: mallory(), ..change() }, Refusal::NotAMember(1)),
    ] {
        assert_eq!(refusal(&house, wrong).await, expected);
    }
    let nowhere = ChangeEvent { venue: Some(VenueId::from(9)), capacity: Some(9), ..change() };
    assert!(matches!(refusal(&house, nowhere).await, Refusal::NotFound { what: "venue", .. }));
    assert_eq!(row::<Event>(&house, event(1)).await.unwrap().version, 1, "what is refused changes nothing");
    house.run(ChangeEvent { capacity: Some(3), time_zone: Some("Asia/Tokyo".into()), ..change() }).await.unwrap();
    let changed = row::<Event>(&house, event(1)).await.unwrap();
    assert_eq!((changed.version, &*changed.time_zone, changed.status), (2, "Asia/Tokyo", EventStatus::OnSale));
    assert_eq!(row::<Quota>(&house, QuotaId::from(1)).await.unwrap().capacity, 3);

    house.run(become_(EventStatus::Closed)).await.unwrap();
    house.run(change()).await.unwrap();
    assert_eq!(row::<Event>(&house, event(1)).await.unwrap().status, EventStatus::Closed, "a change says no status");
    house.run(become_(EventStatus::Cancelled)).await.unwrap();
    assert_eq!(refusal(&house, become_(EventStatus::OnSale)).await, Refusal::Cancelled);
    // What has begun can be described anew, while it begins when it did.
    house.hand.advance(std::time::Duration::from_secs(2 * 366 * 24 * 3600));
    house.run(ChangeEvent { description: "It was good.".into(), ..change() }).await.unwrap();
}

#[tokio::test]
async fn nothing_is_sold_once_it_has_begun_or_was_cancelled() {
    let house = House::with_capacity(5).await;
    house.hold(1, 1).await.unwrap();
    house.hold(2, 1).await.unwrap();
    house.run(become_(EventStatus::Cancelled)).await.unwrap();
    assert_eq!(house.hold(3, 1).await, Err(Refusal::NotOnSale(1)));
    assert_eq!(house.hold(1, 1).await, Err(Refusal::NotOnSale(1)), "nor booked from a hold");
    house.hear(&created(1, 1)).await.unwrap();
    assert_eq!(house.row(1).await.status, HoldStatus::Released);
    assert_eq!(reserved(&house.last().await), (false, "unavailable".to_owned()));
    assert_eq!(house.taken().await, (1, 0), "the other one gives its places back, or runs out");

    let house = House::with_capacity(5).await;
    house.hand.advance(std::time::Duration::from_secs(366 * 24 * 3600));
    assert_eq!(house.hold(1, 1).await, Err(Refusal::NotOnSale(1)));
    house.hear(&created(2, 1)).await.unwrap();
    assert_eq!(reserved(&house.last().await), (false, "unavailable".to_owned()));
}

/// Deletes a type as its door does: by what is seen of its quota.
async fn delete_type(house: &House, id: i64) -> Result<(), Failure<ConditionalRefused<Refusal>>> {
    let id = TicketTypeId::from(id);
    let (quota, is_in_use) = store::use_of(house.writer.database(), id).await.unwrap().unwrap();
    delete_type_as_seen(house, id, &quota, is_in_use).await
}

async fn delete_type_as_seen(
    house: &House,
    id: TicketTypeId,
    quota: &Quota,
    is_in_use: bool,
) -> Result<(), Failure<ConditionalRefused<Refusal>>> {
    let command = DeleteTicketType { actor: olga(), id, is_in_use };
    house
        .run(Conditional::<Quota, _> {
            row: quota.id,
            expected: ExpectedVersion::Versions(vec![quota.version]),
            command,
        })
        .await
}

fn refused(outcome: Result<(), Failure<ConditionalRefused<Refusal>>>) -> Refusal {
    match outcome {
        Err(Failure::Refused(ConditionalRefused::Refused(refusal))) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_ticket_type_goes_when_nobody_has_places_of_it() {
    let house = House::with_capacity(5).await;
    house.hold(1, 2).await.unwrap();
    assert!(in_use(&refused(delete_type(&house, 1).await)), "held");
    let balcony = TicketTypeId::from(2);
    let (quota, is_in_use) = store::use_of(house.writer.database(), balcony).await.unwrap().unwrap();
    assert!(!is_in_use, "what is held of the same quota is another type's");
    let line = boxoffice_inventory::domain::Wanted::Type(balcony, crate::house::quantity(1));
    house.hold_lines(2, vec![line]).await.unwrap();
    let late = delete_type_as_seen(&house, balcony, &quota, is_in_use).await;
    assert!(matches!(late, Err(Failure::Refused(ConditionalRefused::Changed(Some(_))))), "{late:?}");
    assert!(in_use(&refused(delete_type(&house, 2).await)), "seen anew");
    house.run(ReleaseHold { id: booking(2), owner: None }).await.unwrap();
    delete_type(&house, 2).await.unwrap();
    assert!(matches!(house.hold_lines(3, vec![line]).await, Err(Refusal::NotFound { what: "ticket type", .. })));
    house.run(ReleaseHold { id: booking(1), owner: None }).await.unwrap();
    assert!(matches!(refused(delete_type(&house, 1).await), Refusal::LastOne(_)));
    // An order for what is gone is told so, and takes nothing.
    let mut order = created(4, 1);
    order.items[0].product_id = balcony;
    house.hear(&order).await.unwrap();
    assert_eq!(reserved(&house.last().await), (false, "unavailable".to_owned()));
    assert_eq!(house.taken().await, (0, 0));
}

#[tokio::test]
async fn a_new_price_is_for_new_holds() {
    let house = House::with_capacity(5).await;
    let before = house.hold(1, 1).await.unwrap();
    let kind = NewTicketType { name: "Stalls".into(), price_minor: 4000 };
    let id = TicketTypeId::from(1);
    house.run(ChangeTicketType { actor: olga(), id, kind: kind.clone() }).await.unwrap();
    assert_eq!(refusal(&house, ChangeTicketType { actor: mallory(), id, kind }).await, Refusal::NotAMember(1));
    house.hear(&created(1, 1)).await.unwrap();
    assert_eq!(house.row(1).await.lines, before.lines);
    assert!(reserved(&house.last().await).0, "at the price at which it was held");
    let after = house.hold(2, 1).await.unwrap();
    assert_eq!((&*after.lines[0].name, after.lines[0].unit_price_minor), ("Stalls", 4000));
}

#[tokio::test]
async fn types_draw_from_one_quota_or_several() {
    let house = House::with_capacity(5).await;
    let add = |places| CreateTicketType {
        actor: olga(),
        event: event(1),
        kind: NewTicketType { name: "More".into(), price_minor: 0 },
        places,
    };
    let of = |id| Places::Of(QuotaId::from(id));
    assert_eq!(house.run(add(of(1))).await.unwrap().quota_id.get(), 1);
    assert!(matches!(refusal(&house, add(of(2))).await, Refusal::NotFound { what: "quota", .. }));
    let own = house.run(add(Places::Own(7))).await.unwrap();
    assert_eq!(own.quota_id.get(), 2);
    assert_eq!(house.run(add(of(2))).await.unwrap().quota_id.get(), 2);
    let capacity = |capacity| SetCapacity { actor: olga(), event: event(1), capacity };
    assert_eq!(refusal(&house, capacity(20)).await, Refusal::SeveralQuotas);
    house.run(capacity(12)).await.unwrap();
    assert_eq!(refusal(&house, ChangeEvent { capacity: Some(20), ..change() }).await, Refusal::SeveralQuotas);

    let quota = |actor, capacity| SetQuota { actor, id: QuotaId::from(2), capacity };
    let line = boxoffice_inventory::domain::Wanted::Type(own.id, crate::house::quantity(3));
    house.hold_lines(1, vec![line]).await.unwrap();
    assert_eq!(refusal(&house, quota(olga(), 2)).await, Refusal::CapacityTaken { taken: 3 });
    assert_eq!(refusal(&house, quota(mallory(), 9)).await, Refusal::NotAMember(1));
    let before = row::<Event>(&house, event(1)).await.unwrap().version;
    house.run(quota(olga(), 3)).await.unwrap();
    house.run(quota(olga(), 3)).await.unwrap();
    assert_eq!(row::<Event>(&house, event(1)).await.unwrap().version, before + 1, "one change of the event");
    assert!(matches!(house.hold_lines(2, vec![line]).await, Err(Refusal::SoldOut { available: 0, .. })));
    house.run(ReleaseHold { id: booking(1), owner: None }).await.unwrap();
    for id in [own.id.get(), own.id.get() + 1] {
        delete_type(&house, id).await.unwrap();
    }
    assert_eq!(
        row::<Quota>(&house, QuotaId::from(2)).await,
        None,
        "a quota goes with the last type that draws from it"
    );
    house.run(capacity(20)).await.unwrap();
}

#[tokio::test]
async fn an_event_has_at_most_a_hundred_types() {
    let house = House::with_capacity(5).await;
    let kind = || NewTicketType { name: "More".into(), price_minor: 0 };
    let add = || CreateTicketType { actor: olga(), event: EventId::from(1), kind: kind(), places: Places::First };
    for _ in 2..100 {
        house.run(add()).await.unwrap();
    }
    assert_eq!(refusal(&house, add()).await, Refusal::TooManyTypes);
}

#[tokio::test]
async fn a_venue_goes_when_no_event_is_at_it() {
    let house = House::with_capacity(5).await;
    let new = CreateVenue {
        actor: olga(),
        organizer: 1.into(),
        name: "Hall".into(),
        address: String::new(),
        total_capacity: 10,
    };
    let venue = house.run(new).await.unwrap().id;
    let put = |actor, organizer: Option<i64>| ChangeVenue {
        actor,
        id: venue,
        organizer: organizer.map(Into::into),
        name: "New Hall".into(),
        address: "Street 1".into(),
        total_capacity: 20,
    };
    assert_eq!(refusal(&house, put(mallory(), None)).await, Refusal::NotAMember(1));
    assert_eq!(refusal(&house, put(olga(), Some(2))).await, Refusal::Fixed("organizerId"));
    let changed = house.run(put(olga(), Some(1))).await.unwrap();
    assert_eq!((changed.version, &*changed.name, changed.total_capacity), (2, "New Hall", 20));

    let delete = |actor| DeleteVenue { actor, id: venue };
    let (moved, deleted) =
        tokio::join!(house.run(ChangeEvent { venue: Some(venue), ..change() }), house.run(delete(olga())));
    assert!(moved.is_ok() && matches!(deleted, Err(Failure::Refused(Refusal::InUse(_)))));
    house.run(change()).await.unwrap();
    assert_eq!(refusal(&house, delete(mallory())).await, Refusal::NotAMember(1));
    let (deleted, moved) =
        tokio::join!(house.run(delete(olga())), house.run(ChangeEvent { venue: Some(venue), ..change() }));
    assert!(deleted.is_ok() && matches!(moved, Err(Failure::Refused(Refusal::NotFound { what: "venue", .. }))));
    assert_eq!(row::<Venue>(&house, venue).await, None);
}

#[tokio::test]
async fn the_last_member_stays() {
    let house = House::with_capacity(5).await;
    let remove = |subject: &str| RemoveMember { actor: olga(), organizer: 1.into(), subject: subject.into() };
    assert!(matches!(refusal(&house, remove("olga")).await, Refusal::LastOne(_)));
    house.run(remove("nobody")).await.unwrap();
    let add = |subject: &str| boxoffice_inventory::commands::AddMember {
        actor: olga(),
        organizer: 1.into(),
        subject: subject.into(),
    };
    house.run(add("oscar")).await.unwrap();
    let oscar = Actor { subject: "oscar".into(), is_operator: false };
    let each_other = RemoveMember { actor: oscar, organizer: 1.into(), subject: "olga".into() };
    let (first, second) = tokio::join!(house.run(remove("oscar")), house.run(each_other));
    assert!(first.is_ok() && second.is_err(), "of two that remove each other one stays");
}
