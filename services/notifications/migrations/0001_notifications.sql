-- What customers are written about. Times in microseconds UTC. Of a person there is an id here and no address: that is
-- asked of its owner when a letter goes out.

-- One for each kind and channel of a booking, ever.
CREATE TABLE notifications (
    id {{uuid}} NOT NULL PRIMARY KEY,
    booking_id {{uuid}} NOT NULL,
    kind {{name}} NOT NULL CHECK (kind IN ('booking-confirmed', 'booking-failed', 'booking-cancelled')),
    channel {{name}} NOT NULL CHECK (channel IN ('email', 'sms')),
    user_id BIGINT NOT NULL,
    organizer_id BIGINT NOT NULL,
    subject {{name}} NOT NULL,
    message {{text}} NOT NULL,
    status {{name}} NOT NULL CHECK (status IN ('queued', 'sent', 'failed')),
    error {{text}},
    is_read BIGINT NOT NULL CHECK (is_read IN (0, 1)),
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    due_at {{time}} NOT NULL,
    created_at {{time}} NOT NULL,
    sent_at {{time}},
    causation_id {{uuid}},
    correlation_id {{name}} NOT NULL,
    traceparent {{name}},
    version BIGINT NOT NULL,
    UNIQUE (booking_id, kind, channel),
    CHECK ((status = 'sent') = (sent_at IS NOT NULL))
);
CREATE INDEX notifications_by_user ON notifications (user_id, id);
CREATE INDEX notifications_by_status ON notifications (status, id, due_at);

-- The mail of the embedded default: a mailbox that one can look at. A letter gets here in the transaction that marks
-- its notification as sent.
CREATE TABLE mailbox (
    message_id {{uuid}} NOT NULL PRIMARY KEY,
    booking_id {{uuid}} NOT NULL,
    to_address {{name}} NOT NULL,
    subject {{name}} NOT NULL,
    body {{text}} NOT NULL,
    sent_at {{time}} NOT NULL
);
