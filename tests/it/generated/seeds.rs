//! The tables of the source documents, the five specifications of this system (see docs/features.md), with the tables of this system that replace them.

use std::fmt::Write;

use super::sql::Schema;

/// Columns of a source document, the columns `database.table.column` that replace it, and a remark.
type ColumnMapping = (&'static str, &'static [&'static str], &'static str);

const TABLES: &[(&str, &[ColumnMapping])] = &[
    (
        "`venue`, `event`, `customer`, `order` of the first document",
        &[
            (
                "venue: id, name, address, total_capacity",
                &[
                    "inventory.venues.id",
                    "inventory.venues.name",
                    "inventory.venues.address",
                    "inventory.venues.total_capacity",
                ],
                "",
            ),
            (
                "event: id, name, venue_id",
                &["inventory.events.id", "inventory.events.name", "inventory.events.venue_id"],
                "",
            ),
            (
                "event: total_capacity, left_capacity",
                &["inventory.quotas.capacity", "inventory.quotas.held", "inventory.quotas.sold"],
                "the remaining capacity is capacity minus held minus sold; a check keeps it from being negative",
            ),
            (
                "event: ticket_price",
                &["inventory.ticket_types.price_minor", "inventory.ticket_types.currency"],
                "of each ticket type",
            ),
            (
                "customer: id, name, email, address",
                &["users.users.id", "users.users.name", "users.users.email", "users.users.address"],
                "",
            ),
            (
                "order: id, total, quantity, placed_at, customer_id, event_id",
                &[
                    "orders.orders.id",
                    "orders.orders.total_minor",
                    "orders.orders.order_lines",
                    "orders.orders.created_at",
                    "orders.orders.user_id",
                ],
                "each line has a quantity and an event",
            ),
        ],
    ),
    (
        "`users` of the last document",
        &[
            (
                "id, name, email UNIQUE",
                &["users.users.id", "users.users.name", "users.users.email", "users.users.email_key"],
                "unique without regard to case; null for a deleted user",
            ),
            ("created_at, updated_at", &["users.users.created_at", "users.users.updated_at"], ""),
        ],
    ),
    (
        "`events` of the last document",
        &[
            (
                "id, title, description, event_date",
                &[
                    "inventory.events.id",
                    "inventory.events.name",
                    "inventory.events.description",
                    "inventory.events.starts_at",
                ],
                "",
            ),
            (
                "total_seats > 0, available_seats >= 0",
                &["inventory.quotas.capacity", "inventory.quotas.held", "inventory.quotas.sold"],
                "the capacity of a new event is at least 1; available is capacity minus held minus sold",
            ),
        ],
    ),
    (
        "`bookings` of the last document",
        &[
            ("id, user_id", &["bookings.bookings.id", "bookings.bookings.user_id"], ""),
            (
                "event_id, seats_booked > 0",
                &["bookings.booking_events.event_id", "bookings.bookings.booking_lines", "bookings.tickets.event_id"],
                "one line for each ticket type; a ticket is a row",
            ),
            ("booking_status", &["bookings.bookings.status"], "in lower case on that document's paths"),
            (
                "created_at, updated_at",
                &["bookings.bookings.created_at", "bookings.bookings.timeline"],
                "the timeline records every change",
            ),
        ],
    ),
    (
        "`notifications` of the last document",
        &[(
            "id, booking_id, message, status, created_at",
            &[
                "notifications.notifications.id",
                "notifications.notifications.booking_id",
                "notifications.notifications.message",
                "notifications.notifications.status",
                "notifications.notifications.created_at",
            ],
            "unique for booking, kind and channel",
        )],
    ),
];

/// The section of docs/schema.md that maps the tables of the source documents to this system.
///
/// # Panics
/// When a named column does not exist.
pub fn section(all: &[Schema]) -> String {
    let mut text = "\n## The tables of the source documents\n\n\
        | document | this system | remark |\n| --- | --- | --- |\n"
        .to_owned();
    for (table, places) in TABLES {
        writeln!(text, "| {table} | | |").unwrap();
        for (there, here, words) in *places {
            let here: Vec<_> = here
                .iter()
                .inspect(|column| assert_column_exists(all, column))
                .map(|column| format!("`{column}`"))
                .collect();
            writeln!(text, "| {there} | {} | {words} |", here.join(", ")).unwrap();
        }
    }
    text
}

fn assert_column_exists(all: &[Schema], name: &str) {
    let mut words = name.split('.');
    let mut next = || words.next().unwrap_or_default();
    let (database, table, column) = (next(), next(), next());
    let is = all.iter().any(|schema| schema.name == database && schema.has(table, column));
    assert!(is, "the column {name} does not exist");
}
