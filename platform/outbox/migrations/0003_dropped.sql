-- Messages that an operator gave up: who, when and why, beside the message itself. Rows are only added.
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
