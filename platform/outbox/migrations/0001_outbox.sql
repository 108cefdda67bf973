-- The tables that every service keeps beside its own, in the same database, so that one transaction covers both.

-- One row: the identity of this outbox, the last position assigned, and the id of the last batch.
CREATE TABLE log_heads (
    name {{name}} NOT NULL PRIMARY KEY,
    log_id {{uuid}} NOT NULL,
    last_position BIGINT NOT NULL CHECK (last_position >= 0),
    deferred_count BIGINT NOT NULL CHECK (deferred_count >= 0),
    batch_id {{uuid}} NOT NULL,
    version BIGINT NOT NULL
);

-- Messages that this service published, numbered without gaps. The retention task deletes the oldest.
CREATE TABLE outbox (
    position {{counted}} NOT NULL PRIMARY KEY,
    id {{uuid}} NOT NULL,
    kind {{name}} NOT NULL,
    message_key {{uuid}} NOT NULL,
    published_at {{time}} NOT NULL,
    causation_id {{uuid}},
    correlation_id {{name}} NOT NULL,
    traceparent {{name}},
    actor {{name}} NOT NULL,
    schema_version BIGINT NOT NULL,
    body {{json}} NOT NULL
);
CREATE INDEX outbox_by_key ON outbox (message_key);

-- The last position of each other service's outbox that this service has consumed.
CREATE TABLE cursors (
    source {{name}} NOT NULL PRIMARY KEY,
    log_id {{uuid}} NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 0),
    version BIGINT NOT NULL
);

-- Consumed messages that have no effect yet: deferred until the next attempt, blocked by an earlier message of the same
-- key, or dead-lettered.
CREATE TABLE deferred_messages (
    source {{name}} NOT NULL,
    position BIGINT NOT NULL,
    id {{uuid}} NOT NULL,
    kind {{name}} NOT NULL,
    message_key {{uuid}} NOT NULL,
    published_at {{time}} NOT NULL,
    causation_id {{uuid}},
    correlation_id {{name}} NOT NULL,
    traceparent {{name}},
    actor {{name}} NOT NULL,
    schema_version BIGINT NOT NULL,
    body {{json}} NOT NULL,
    state {{name}} NOT NULL CHECK (state IN ('deferred', 'blocked', 'dead-lettered')),
    attempts BIGINT NOT NULL,
    due_at {{time}} NOT NULL,
    error {{text}} NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (source, position)
);
CREATE INDEX deferred_messages_by_key ON deferred_messages (message_key);
CREATE INDEX deferred_messages_by_due ON deferred_messages (state, due_at);

-- Dead letters that an operator discarded, with the operator, the time and the reason. Rows are never changed or deleted.
CREATE TABLE discarded_messages (
    source {{name}} NOT NULL,
    position BIGINT NOT NULL,
    id {{uuid}} NOT NULL,
    kind {{name}} NOT NULL,
    message_key {{uuid}} NOT NULL,
    published_at {{time}} NOT NULL,
    causation_id {{uuid}},
    correlation_id {{name}} NOT NULL,
    traceparent {{name}},
    actor {{name}} NOT NULL,
    schema_version BIGINT NOT NULL,
    body {{json}} NOT NULL,
    attempts BIGINT NOT NULL,
    error {{text}} NOT NULL,
    discarded_at {{time}} NOT NULL,
    discarded_by {{name}} NOT NULL,
    reason {{text}} NOT NULL,
    PRIMARY KEY (source, position)
);
CREATE INDEX discarded_messages_by_time ON discarded_messages (discarded_at);

-- Requests that had an effect, by the hash of caller, route and Idempotency-Key.
CREATE TABLE idempotency_records (
    id {{uuid}} NOT NULL PRIMARY KEY,
    fingerprint {{uuid}} NOT NULL,
    resource_id {{name}} NOT NULL,
    recorded_at {{time}} NOT NULL
);
CREATE INDEX idempotency_records_by_time ON idempotency_records (recorded_at);

-- The last number assigned by each counter.
CREATE TABLE counters (
    name {{name}} NOT NULL PRIMARY KEY,
    last_number BIGINT NOT NULL,
    version BIGINT NOT NULL
);
