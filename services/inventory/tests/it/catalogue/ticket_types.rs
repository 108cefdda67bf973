//! Ticket types and the quotas that they draw from.

use boxoffice_contracts::{EventId, QuotaId, TicketTypeId};
use boxoffice_inventory::{
    Refusal,
    commands::{
        ChangeEvent, ChangeTicketType, CreateTicketType, DeleteTicketType, NewTicketType, QuotaSource, ReleaseHold,
        SetCapacity, SetQuota,
    },
    store::{self, Event, Quota},
};
use boxoffice_writer::{Conditional, ConditionalRefused, ExpectedVersion, Failure};

use super::{change, in_use, mallory, olga, refusal};
use crate::{
    harness::{TestInventory, booking, event, of_type, quantity},
    orders::{created, reserved},
};

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
    let line = of_type(balcony, quantity(1));
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
    assert_eq!(inventory.stored_hold(1).await.hold_lines, before.hold_lines);
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
    let line = of_type(own.id, quantity(3));
    inventory.hold_lines(1, vec![line]).await.unwrap();
    assert_eq!(refusal(&inventory, quota(olga(), 2)).await, Refusal::CapacityTaken { taken: 3 });
    assert_eq!(refusal(&inventory, quota(mallory(), 9)).await, Refusal::NotAMember(1));
    let before = inventory.row::<Event>(event(1)).await.unwrap().version;
    inventory.run(quota(olga(), 3)).await.unwrap();
    inventory.run(quota(olga(), 3)).await.unwrap();
    assert_eq!(inventory.row::<Event>(event(1)).await.unwrap().version, before + 1, "one change of the event");
    assert!(matches!(inventory.hold_lines(2, vec![line]).await, Err(Refusal::SoldOut { available: 0, .. })));
    inventory.run(ReleaseHold { id: booking(1), owner: None }).await.unwrap();
    for id in [own.id.get(), own.id.get() + 1] {
        delete_type(&inventory, id).await.unwrap();
    }
    assert_eq!(
        inventory.row::<Quota>(QuotaId::from(2)).await,
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
