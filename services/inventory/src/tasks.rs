//! Background tasks: unclaimed holds expire.

use std::time::Duration;

use boxoffice_envelope::Origin;
use boxoffice_writer::Writer;

use crate::{commands::ExpireHolds, store};

/// The interval between scans for overdue holds.
const SCAN_INTERVAL: Duration = Duration::from_millis(500);

/// The largest number of holds that one command expires.
const BATCH_SIZE: usize = 500;

/// Expires overdue holds and releases their seats, until the writer is closed.
pub async fn expire_holds(writer: Writer) {
    while !writer.is_closed() {
        match expire_batch(&writer).await {
            Ok(full) if full => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(error, "overdue holds not expired; the next scan retries"),
        }
        writer.clock().sleep(SCAN_INTERVAL).await;
    }
}

/// Expires one batch. Returns `true` when more holds may be overdue.
async fn expire_batch(writer: &Writer) -> Result<bool, String> {
    let due =
        store::overdue_holds(writer.database(), writer.clock().now(), BATCH_SIZE).await.map_err(|e| e.to_string())?;
    if due.is_empty() {
        return Ok(false);
    }
    let full = due.len() == BATCH_SIZE;
    let expire = ExpireHolds(due.into_iter().map(|hold| hold.id).collect());
    let expired = writer.run(Origin::of_task("hold-expiry"), expire).await.map_err(|e| e.to_string())?;
    metrics::counter!("boxoffice_holds_expired_total").increment(u64::try_from(expired).unwrap_or(0));
    Ok(full)
}
