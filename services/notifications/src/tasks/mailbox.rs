use std::time::Duration;

use boxoffice_envelope::Origin;
use boxoffice_writer::Writer;

use crate::{commands::DeleteExpiredEmails, store};

/// Maximum number of e-mails that one transaction deletes.
const BATCH_SIZE: usize = 1000;

/// Interval between scans for expired e-mails.
const SCAN_INTERVAL: Duration = Duration::from_secs(600);

/// Deletes e-mails that were sent longer than `retention` ago from the mailbox, until shutdown.
pub async fn run_mailbox_retention(writer: Writer, retention: Duration) {
    while !writer.is_closed() {
        match delete_batch(&writer, retention).await {
            Ok(full) if full => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(error, "expired e-mails were not deleted; the next scan deletes them"),
        }
        writer.clock().sleep(SCAN_INTERVAL).await;
    }
}

/// `true` when the batch was full, so that more e-mails may have expired.
async fn delete_batch(writer: &Writer, retention: Duration) -> Result<bool, String> {
    let sent_before = writer.clock().now().minus(retention);
    let ids = store::emails_before(writer.database(), sent_before, BATCH_SIZE).await.map_err(|e| e.to_string())?;
    if ids.is_empty() {
        return Ok(false);
    }
    let full = ids.len() == BATCH_SIZE;
    let origin = Origin::of_task("mailbox-retention");
    writer.run(origin, DeleteExpiredEmails { ids, sent_before }).await.map_err(|e| e.to_string())?;
    Ok(full)
}
