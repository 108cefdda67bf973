-- What every service keeps beside its own tables, in the same database, so that one transaction covers both.

-- One row: the identity of this log of messages, the last position given, and the id of the last batch.
CREATE TABLE log (
    name {{name}} NOT NULL PRIMARY KEY,
    log_id {{uuid}} NOT NULL,
    last_position BIGINT NOT NULL CHECK (last_position >= 0),
    waiting BIGINT NOT NULL CHECK (waiting >= 0),
    batch {{uuid}} NOT NULL,
    version BIGINT NOT NULL
);

-- What this service has said.
CREATE TABLE outbox (
    position {{counted}} NOT NULL PRIMARY KEY,
    id {{uuid}} NOT NULL,
    kind {{name}} NOT NULL,
    message_key {{uuid}} NOT NULL,
    said_at {{time}} NOT NULL,
    cause {{uuid}},
    correlation {{name}} NOT NULL,
    trace {{name}},
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

-- What was heard and could not be done yet: waiting for its next try, behind an earlier message of its key, or dead.
CREATE TABLE retries (
    source {{name}} NOT NULL,
    position BIGINT NOT NULL,
    id {{uuid}} NOT NULL,
    kind {{name}} NOT NULL,
    message_key {{uuid}} NOT NULL,
    said_at {{time}} NOT NULL,
    cause {{uuid}},
    correlation {{name}} NOT NULL,
    trace {{name}},
    actor {{name}} NOT NULL,
    schema_version BIGINT NOT NULL,
    body {{json}} NOT NULL,
    state {{name}} NOT NULL CHECK (state IN ('waiting', 'behind', 'dead')),
    attempts BIGINT NOT NULL,
    due_at {{time}} NOT NULL,
    error {{text}} NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (source, position)
);
CREATE INDEX retries_by_key ON retries (message_key);
CREATE INDEX retries_by_due ON retries (state, due_at);

-- Requests that had an effect, by the hash of caller, route and Idempotency-Key.
CREATE TABLE idempotency (
    id {{uuid}} NOT NULL PRIMARY KEY,
    fingerprint {{uuid}} NOT NULL,
    resource {{name}} NOT NULL,
    kept_at {{time}} NOT NULL
);
CREATE INDEX idempotency_by_age ON idempotency (kept_at);

-- The last id given of each kind that is counted.
CREATE TABLE counters (
    name {{name}} NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL,
    version BIGINT NOT NULL
);
