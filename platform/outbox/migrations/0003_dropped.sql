-- Messages that an operator gave up: who, when and why, beside the message itself. Rows are only added.
CREATE TABLE dropped (
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
    attempts BIGINT NOT NULL,
    error {{text}} NOT NULL,
    dropped_at {{time}} NOT NULL,
    dropped_by {{name}} NOT NULL,
    reason {{text}} NOT NULL,
    PRIMARY KEY (source, position)
);
CREATE INDEX dropped_by_time ON dropped (dropped_at);
