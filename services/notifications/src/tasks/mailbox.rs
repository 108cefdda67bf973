use std::time::Duration;

use boxoffice_envelope::Origin;
use boxoffice_writer::Writer;

use crate::{commands::ForgetLetters, store};

/// How many letters are taken away in one transaction.
const CHUNK: usize = 1000;

/// How often it is looked for old letters.
const PERIOD: Duration = Duration::from_secs(600);

/// Takes letters that were sent longer than `life` ago out of the mailbox, a chunk at a time, for ever.
pub async fn forget_letters(writer: Writer, life: Duration) {
    while !writer.is_closed() {
        match round(&writer, life).await {
            Ok(full) if full => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(error, "old letters could not be taken away"),
        }
        writer.clock().sleep(PERIOD).await;
    }
}

/// `true` when there may be more.
async fn round(writer: &Writer, life: Duration) -> Result<bool, String> {
    let until = writer.clock().now().minus(life);
    let ids = store::letters_before(writer.database(), until, CHUNK).await.map_err(|e| e.to_string())?;
    if ids.is_empty() {
        return Ok(false);
    }
    let full = ids.len() == CHUNK;
    let origin = Origin::of_task("old-letters");
    writer.run(origin, ForgetLetters { ids, until }).await.map_err(|e| e.to_string())?;
    Ok(full)
}
