//! The demo catalogue: something to sell, and somebody to sell it to.

use std::time::Duration;

use boxoffice_contracts::{OrganizerId, VenueId};
use boxoffice_database::Order;
use boxoffice_envelope::Origin;
use boxoffice_inventory::commands::{Actor, CreateEvent, CreateOrganizer, CreateVenue, NewTicketType};
use boxoffice_runtime::System;
use boxoffice_users::{commands::CreateUser, domain::Profile};
use boxoffice_writer::Writer;

/// The `sub` of the demo customer's tokens.
pub const SUBJECT: &str = "demo";

/// What is on: name, description, places, days from now, ticket types with prices in cents.
type Show = (&'static str, &'static str, i64, u64, &'static [(&'static str, i64)]);

const SHOWS: &[Show] = &[
    ("Summer Night", "Open air, from dusk till late.", 1000, 90, &[("General", 2550), ("Balcony", 4900)]),
    ("Chamber Music", "Two quartets in the small hall.", 120, 30, &[("General", 1800), ("Reduced", 900)]),
    ("Open Rehearsal", "Free of charge, with a ticket.", 60, 14, &[("General", 0)]),
];

/// Puts the demo catalogue into empty data: organizer 1, venue 1, events 1 to 3 and user 1.
///
/// # Errors
/// When a command is refused, as when there is a catalogue already.
pub async fn fill(system: &System) -> anyhow::Result<()> {
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
        add(inventory, organizer, venue, *show).await?;
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

async fn add(inventory: &Writer, organizer: OrganizerId, venue: VenueId, show: Show) -> anyhow::Result<()> {
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

/// Whether there is nothing that the demo catalogue could be mistaken for. A start that failed half-way leaves files and
/// nothing in them, so it is the data that is asked and not the folder.
///
/// # Errors
/// As a read of the database.
pub async fn has_place(system: &System) -> anyhow::Result<bool> {
    let inventory = system.service("inventory").writer.database();
    let users = system.service("users").writer.database();
    let by_id = Order { column: "id", descending: false, after: None };
    let organizers = boxoffice_inventory::store::organizers(inventory, &by_id, 1).await?;
    Ok(organizers.is_empty() && boxoffice_users::store::users(users, &by_id, 1).await?.is_empty())
}

/// Whether the data has the demo customer.
pub async fn is_there(system: &System) -> bool {
    let users = system.service("users").writer.database();
    boxoffice_users::store::user_of(users, SUBJECT).await.is_ok_and(|user| user.is_some())
}
