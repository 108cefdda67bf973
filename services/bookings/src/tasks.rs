//! Background tasks: expiring bookings, correcting the count of open bookings, and resolving unfinished user deletions.

use std::{sync::Arc, time::Duration};

use boxoffice_envelope::Origin;
use boxoffice_writer::Writer;

use crate::{
    clients::Clients,
    commands::{ExpireBookings, ReinstateCustomer},
    store,
};

/// Interval between scans for bookings whose deadline has passed.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(1);

/// The maximum number of rows that one scan handles.
const BATCH_ROWS: usize = 500;

/// Interval between counts of the open bookings.
const COUNT_INTERVAL: Duration = Duration::from_secs(30);

/// How long a deletion may take before users is asked about it. Far below the time for which deferred messages are
/// retried.
const DELETION_TIMEOUT: Duration = Duration::from_secs(10);

/// Interval between scans for deletions that take longer than [`DELETION_TIMEOUT`].
const DELETION_SCAN_INTERVAL: Duration = Duration::from_secs(5);

/// Expires bookings once their deadline has passed, until shutdown.
pub async fn run_expiry(writer: Writer, deadline: Duration) {
    while !writer.is_closed() {
        match expire_batch(&writer, deadline).await {
            Ok(is_full) if is_full => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(error, "could not expire overdue bookings; the next scan retries"),
        }
        writer.clock().sleep(EXPIRY_INTERVAL).await;
    }
}

/// Returns `true` when more bookings may be overdue.
async fn expire_batch(writer: &Writer, deadline: Duration) -> Result<bool, String> {
    let ids = store::overdue(writer.database(), writer.clock().now(), BATCH_ROWS).await.map_err(|e| e.to_string())?;
    if ids.is_empty() {
        return Ok(false);
    }
    let is_full = ids.len() == BATCH_ROWS;
    let expire = ExpireBookings { ids, deadline };
    writer.run(Origin::of_task("booking-deadline"), expire).await.map_err(|e| e.to_string())?;
    Ok(is_full)
}

/// Counts the open bookings in the table, and passes the difference to the `estimate` to `correct`, until shutdown. The
/// estimate follows the writer's signals, which may be lost. Bookings that open or end during the count cause an error
/// until the next count.
pub async fn run_open_count(writer: Writer, estimate: impl Fn() -> i64, correct: impl Fn(i64)) {
    while !writer.is_closed() {
        writer.clock().sleep(COUNT_INTERVAL).await;
        let before = estimate();
        match store::count_pending(writer.database()).await {
            Ok(open) => correct(open - before),
            Err(error) => tracing::warn!(%error, "could not count open bookings; the next count retries"),
        }
    }
}

/// Asks users about each customer whose deletion takes too long, until shutdown. A user whom users keeps can book again;
/// users refuses the unfinished deletion from then on.
pub async fn run_deletion_checks(writer: Writer, clients: Arc<Clients>) {
    while !writer.is_closed() {
        if let Err(error) = check_deletions(&writer, &clients).await {
            tracing::warn!(error, "could not resolve unfinished user deletions; the next scan retries");
        }
        writer.clock().sleep(DELETION_SCAN_INTERVAL).await;
    }
}

async fn check_deletions(writer: &Writer, clients: &Clients) -> Result<(), String> {
    let before = writer.clock().now().minus(DELETION_TIMEOUT);
    let origin = Origin::of_task("retired-customers");
    for customer in store::retired(writer.database(), before, BATCH_ROWS).await.map_err(|e| e.to_string())? {
        let (user, Some(version)) = (customer.user_id, customer.retired_version) else { continue };
        let kept = clients.users.keep_user(user, version, &origin).await.map_err(|e| e.to_string())?;
        // Users publishes the deletion of a user who was not kept.
        if let Some(version) = kept {
            writer.run(origin.clone(), ReinstateCustomer { user, version }).await.map_err(|e| e.to_string())?;
        }
    }
    Ok(())
}
