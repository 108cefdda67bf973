//! Rows as the schema stores them.

use boxoffice_database::{Database, Migration};
use boxoffice_inventory::{domain::HoldStatus, store::Hold};
use boxoffice_outbox::MIGRATIONS;

use crate::harness::booking;

const ROWS: &[Migration] = &[Migration {
    number: 1,
    name: "rows",
    sql: r#"INSERT INTO holds (id, organizer_id, owner, hold_lines, currency, status, reason, taken_at, expires_at, extensions, version)
        VALUES (X'00000000000000000000000000000001', 1, 'ann', '[{"eventId":1,"ticketTypeId":1,"name":"Floor","quantity":2,"unitPriceMinor":2550}]',
            'EUR', 'held', NULL, 1, 2, 0, 1)"#,
}];

#[tokio::test]
async fn a_hold_stored_by_sql_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("inventory.sqlite").display());
    let service = boxoffice_inventory::service();
    let database = Database::open(&url, &[MIGRATIONS, (service.name, service.migrations), ("test", ROWS)]).unwrap();
    let hold = database.get::<Hold>(booking(1)).await.unwrap().unwrap();
    assert_eq!((hold.status, hold.extensions, hold.hold_lines.total_quantity()), (HoldStatus::Held, 0, 2));
}
