//! What happens by itself: holds that nobody claimed run out.

use std::time::Duration;

use boxoffice_envelope::Origin;
use boxoffice_writer::Writer;

use crate::{commands::ExpireHolds, store};

/// How often it is looked for holds that ran out.
const PERIOD: Duration = Duration::from_millis(500);

/// How many run out in one command.
const CHUNK: usize = 500;

/// Gives back the places of holds that ran out, for ever.
pub async fn expire_holds(writer: Writer) {
    while !writer.is_closed() {
        match round(&writer).await {
            Ok(full) if full => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(error, "holds that ran out could not be given back"),
        }
        writer.clock().sleep(PERIOD).await;
    }
}

/// `true` when there may be more.
async fn round(writer: &Writer) -> Result<bool, String> {
    let due = store::overdue_holds(writer.database(), writer.clock().now(), CHUNK).await.map_err(|e| e.to_string())?;
    if due.is_empty() {
        return Ok(false);
    }
    let full = due.len() == CHUNK;
    let expire = ExpireHolds(due.into_iter().map(|hold| hold.id).collect());
    let expired = writer.run(Origin::of_task("hold-expiry"), expire).await.map_err(|e| e.to_string())?;
    metrics::counter!("boxoffice_holds_expired_total").increment(u64::try_from(expired).unwrap_or(0));
    Ok(full)
}
