//! What happens by itself: holds that nobody claimed run out.

use std::time::Duration;

use boxoffice_database::to_value;
use boxoffice_envelope::Origin;
use boxoffice_writer::Writer;

use crate::{
    commands::ExpireHolds,
    domain::HoldStatus,
    store::Hold,
};

/// How often it is looked for holds that ran out.
const PERIOD: Duration = Duration::from_millis(500);

/// How many run out in one command.
const CHUNK: i64 = 500;

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
    let due = writer
        .database()
        .select::<Hold>(
            "WHERE status = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?",
            vec![to_value(&HoldStatus::Held), to_value(&writer.clock().now()), to_value(&CHUNK)],
        )
        .await
        .map_err(|e| e.to_string())?;
    if due.is_empty() {
        return Ok(false);
    }
    let full = i64::try_from(due.len()).is_ok_and(|count| count == CHUNK);
    let expire = ExpireHolds(due.into_iter().map(|hold| hold.id).collect());
    let expired = writer.run(Origin::of_task("hold-expiry"), expire).await.map_err(|e| e.to_string())?;
    metrics::counter!("holds_expired_total").increment(u64::try_from(expired).unwrap_or(0));
    Ok(full)
}
