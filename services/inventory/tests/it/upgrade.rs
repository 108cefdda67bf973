//! Data of before a migration goes on working after it.

use boxoffice_database::{Database, Migration};
use boxoffice_inventory::{domain::HoldStatus, store::Hold};
use boxoffice_outbox::MIGRATIONS;

use crate::house::booking;

const BEFORE: &[Migration] = &[Migration {
    number: 1,
    name: "before",
    sql: r#"INSERT INTO holds (id, organizer_id, owner, lines, currency, status, reason, taken_at, expires_at, version)
        VALUES (X'00000000000000000000000000000001', 1, 'ann', '[{"eventId":1,"ticketTypeId":1,"name":"Floor","quantity":2,"unitPriceMinor":2550}]',
            'EUR', 'held', NULL, 1, 2, 1)"#,
}];

#[tokio::test]
async fn holds_of_before_extensions_were_counted_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("inventory.sqlite").display());
    let service = boxoffice_inventory::service();
    let (first, all) = (&service.migrations[..1], service.migrations);
    assert!(all.len() > first.len());
    drop(Database::open(&url, &[MIGRATIONS, (service.name, first), ("test", BEFORE)]).unwrap());
    let database = Database::open(&url, &[MIGRATIONS, (service.name, all)]).unwrap();
    let hold = database.get::<Hold>(booking(1)).await.unwrap().unwrap();
    assert_eq!((hold.status, hold.extensions, hold.lines.total_quantity()), (HoldStatus::Held, 0, 2));
}
