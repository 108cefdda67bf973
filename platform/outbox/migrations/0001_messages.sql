-- What every service keeps beside its own tables, in the same database, so that one transaction covers both.

-- One row: the identity of this log of messages, the last position given, and the id of the last batch.
CREATE TABLE log (
    name {{name}} NOT NULL PRIMARY KEY,
    log_id {{uuid}} NOT NULL,
    last_position BIGINT NOT NULL CHECK (last_position >= 0),
    deferred_count BIGINT NOT NULL CHECK (deferred_count >= 0),
    batch {{uuid}} NOT NULL,
    version BIGINT NOT NULL
);

-- What this service has said.
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

-- How far this service has heard each of the others.
CREATE TABLE cursors (
    source {{name}} NOT NULL PRIMARY KEY,
    log_id {{uuid}} NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 0),
    version BIGINT NOT NULL
);

-- What was heard and could not be done yet: deferred_count for its next try, behind an earlier message of its key, or dead.
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

-- Requests that had an effect, by the hash of caller, route and Idempotency-Key.
CREATE TABLE idempotency_records (
    id {{uuid}} NOT NULL PRIMARY KEY,
    fingerprint {{uuid}} NOT NULL,
    resource {{name}} NOT NULL,
    recorded_at {{time}} NOT NULL
);
CREATE INDEX idempotency_records_by_age ON idempotency_records (recorded_at);

-- The last id given of each kind that is counted.
CREATE TABLE counters (
    name {{name}} NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL,
    version BIGINT NOT NULL
);
