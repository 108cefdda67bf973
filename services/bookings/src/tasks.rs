//! What happens by itself: bookings of which nothing came in time end, the count of open ones is set right, and it is
//! found out what became of deletions of which nothing is heard.

use std::{sync::Arc, time::Duration};

use boxoffice_envelope::Origin;
use boxoffice_writer::Writer;

use crate::{
    commands::{ExpireBookings, ReadmitCustomer},
    neighbours::Neighbours,
    store,
};

/// How often it is looked for bookings that are due.
const PERIOD: Duration = Duration::from_secs(1);

/// How many end in one command.
const CHUNK: usize = 500;

/// How often open bookings are counted.
const COUNTED_EVERY: Duration = Duration::from_secs(30);

/// How long a deletion may take before users is asked about it. Well below the time for which a message is tried again.
const DELETED_WITHIN: Duration = Duration::from_secs(10);

/// How often it is looked for deletions that take longer.
const SETTLED_EVERY: Duration = Duration::from_secs(5);

/// Ends bookings whose `deadline` has passed, for ever.
pub async fn keep_deadlines(writer: Writer, deadline: Duration) {
    while !writer.is_closed() {
        match round(&writer, deadline).await {
            Ok(full) if full => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(error, "bookings that are due could not be ended"),
        }
        writer.clock().sleep(PERIOD).await;
    }
}

/// `true` when there may be more.
async fn round(writer: &Writer, deadline: Duration) -> Result<bool, String> {
    let ids = store::due(writer.database(), writer.clock().now(), CHUNK).await.map_err(|e| e.to_string())?;
    if ids.is_empty() {
        return Ok(false);
    }
    let full = ids.len() == CHUNK;
    let expire = ExpireBookings { ids, deadline };
    writer.run(Origin::of_task("booking-deadline"), expire).await.map_err(|e| e.to_string())?;
    Ok(full)
}

/// Counts open bookings in the table, for ever, and tells `correct` how far `thought` was off: the writer's hints, which
/// are counted in between, may be lost. What is opened or ends during the count makes a difference until the next one.
pub async fn count_open(writer: Writer, thought: impl Fn() -> i64, correct: impl Fn(i64)) {
    while !writer.is_closed() {
        writer.clock().sleep(COUNTED_EVERY).await;
        let before = thought();
        match store::count_open(writer.database()).await {
            Ok(open) => correct(open - before),
            Err(error) => tracing::warn!(%error, "open bookings cannot be counted"),
        }
    }
}

/// Asks users about everyone who was to be deleted and is still there, for ever: whoever is kept may book again. Users
/// answers for good: a deletion that is still under way is refused from then on.
pub async fn settle_retirements(writer: Writer, neighbours: Arc<Neighbours>) {
    while !writer.is_closed() {
        if let Err(error) = settle(&writer, &neighbours).await {
            tracing::warn!(error, "it cannot be found out whether users were deleted");
        }
        writer.clock().sleep(SETTLED_EVERY).await;
    }
}

async fn settle(writer: &Writer, neighbours: &Neighbours) -> Result<(), String> {
    let before = writer.clock().now().minus(DELETED_WITHIN);
    let origin = Origin::of_task("retired-customers");
    for customer in store::retired(writer.database(), before, CHUNK).await.map_err(|e| e.to_string())? {
        let (user, Some(version)) = (customer.user_id, customer.retired_version) else { continue };
        let kept = neighbours.keep_user(user, version, &origin).await.map_err(|e| e.to_string())?;
        // Whoever is gone will be heard of as such.
        if let Some(version) = kept {
            writer.run(origin.clone(), ReadmitCustomer { user, version }).await.map_err(|e| e.to_string())?;
        }
    }
    Ok(())
}
