use boxoffice_clock::Timestamp;
use boxoffice_database::table;
use uuid::Uuid;

/// The name of the only row of [`LogHead`].
pub const LOG: &str = "outbox";

table! {
    /// The head of a service's log. Every batch that publishes or defers a message locks and changes this row.
    pub struct LogHead in "log_heads" versioned {
        key { name: String }
        /// Random id of the log. A cursor that belongs to another log is an error.
        log_id: Uuid,
        /// Position of the last published message; 0 before the first.
        last_position: i64,
        /// Number of rows of [`DeferredMessage`](crate::DeferredMessage), in every state.
        deferred_count: i64,
        /// Id of the last batch that changed this row. After a commit of unknown outcome the writer compares it.
        batch_id: Uuid,
    }
}

table! {
    /// How far a service has consumed the log of another one, `source`.
    pub struct Cursor in "cursors" versioned {
        key { source: String }
        /// [`LogHead::log_id`] of the source, in which `position` counts.
        log_id: Uuid,
        /// The last position whose message had its effect or is a [`DeferredMessage`](crate::DeferredMessage).
        position: i64,
    }
}

table! {
    /// A request with an `Idempotency-Key` that had its effect. The retention task deletes it after its lifetime.
    ///
    /// `id` is the hash of the caller, the canonical route and the key.
    pub struct IdempotencyRecord in "idempotency_records" appended {
        key { id: Uuid }
        /// Hash of the canonical body. A request with the same key and another body is refused.
        fingerprint: Uuid,
        /// Id of the resource that the request created or changed.
        resource_id: String,
        /// Commit time of the effect.
        recorded_at: Timestamp,
    }
}

table! {
    /// A counter that assigns numbers, such as the ids of events.
    pub struct Counter in "counters" versioned {
        key { name: String }
        /// The last number assigned; 0 before the first.
        last_number: i64,
    }
}
