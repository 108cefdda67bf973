//! Demo catalog: an organizer with three events, and a customer.

use std::time::Duration;

use boxoffice_contracts::{OrganizerId, VenueId};
use boxoffice_database::Order;
use boxoffice_envelope::Origin;
use boxoffice_inventory::commands::{Actor, CreateEvent, CreateOrganizer, CreateVenue, NewTicketType};
use boxoffice_runtime::System;
use boxoffice_users::{commands::CreateUser, domain::Profile};
use boxoffice_writer::Writer;

/// Subject of the demo customer's tokens.
pub const SUBJECT: &str = "demo";

/// A demo event: name, description, seats, days from now, ticket types with prices in cents.
type Show = (&'static str, &'static str, i64, u64, &'static [(&'static str, i64)]);

const SHOWS: &[Show] = &[
    ("Summer Night", "Open air, from dusk till late.", 1000, 90, &[("General", 2550), ("Balcony", 4900)]),
    ("Chamber Music", "Two quartets in the small hall.", 120, 30, &[("General", 1800), ("Reduced", 900)]),
    ("Open Rehearsal", "Free of charge, with a ticket.", 60, 14, &[("General", 0)]),
];

/// Creates the demo catalog in empty data: organizer 1, venue 1, events 1 to 3 and user 1.
///
/// # Errors
/// A command is refused, for example because the catalog exists already.
pub async fn create(system: &System) -> anyhow::Result<()> {
    let inventory = &system.service("inventory").writer;
    let origin = || Origin::of_task("demo");
    let organizer = CreateOrganizer { subject: SUBJECT.into(), name: "Demo Hall".into(), slug: "demo-hall".into() };
    let organizer = inventory.run(origin(), organizer).await?.id;
    let venue = CreateVenue {
        actor: actor(),
        organizer,
        name: "The Demo Hall".into(),
        address: "1 Example Street, Exampletown".into(),
        total_capacity: 1200,
    };
    let venue = inventory.run(origin(), venue).await?.id;
    for show in SHOWS {
        create_event(inventory, organizer, venue, *show).await?;
    }
    let profile = Profile {
        name: "Dana Demo".into(),
        email: "dana@example.org".into(),
        address: Some("2 Example Street, Exampletown".into()),
    };
    system.service("users").writer.run(origin(), CreateUser { subject: Some(SUBJECT.into()), profile }).await?;
    Ok(())
}

fn actor() -> Actor {
    Actor { subject: SUBJECT.into(), is_operator: false }
}

async fn create_event(inventory: &Writer, organizer: OrganizerId, venue: VenueId, show: Show) -> anyhow::Result<()> {
    let (name, description, capacity, days, types) = show;
    let event = CreateEvent {
        actor: actor(),
        organizer,
        venue: Some(venue),
        name: name.into(),
        description: description.into(),
        starts_at: inventory.clock().now().plus(Duration::from_secs(days * 24 * 3600)),
        time_zone: "Europe/Berlin".into(),
        currency: "EUR".parse()?,
        capacity,
        ticket_types: types
            .iter()
            .map(|(name, price_minor)| NewTicketType { name: (*name).into(), price_minor: *price_minor })
            .collect(),
    };
    inventory.run(Origin::of_task("demo"), event).await?;
    Ok(())
}

/// Whether the data has neither organizers nor users. A start that failed leaves databases without rows, so that the
/// existence of the files is not enough.
///
/// # Errors
/// A database cannot be read.
pub async fn has_no_organizers_or_users(system: &System) -> anyhow::Result<bool> {
    let inventory = system.service("inventory").writer.database();
    let users = system.service("users").writer.database();
    let by_id = Order { column: "id", descending: false, after: None };
    let organizers = boxoffice_inventory::store::organizers(inventory, &by_id, 1).await?;
    Ok(organizers.is_empty() && boxoffice_users::store::users(users, &by_id, 1).await?.is_empty())
}

/// Whether the demo customer exists.
pub async fn has_customer(system: &System) -> bool {
    let users = system.service("users").writer.database();
    boxoffice_users::store::user_of(users, SUBJECT).await.is_ok_and(|user| user.is_some())
}
