-- Notifications of customers. Times in microseconds UTC. A row names its user by id; the address comes from the users
-- service when the notification is sent.

-- At most one notification for each kind and channel of a booking.
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
-- Read when a customer lists own notifications.
CREATE INDEX notifications_by_user ON notifications (user_id, id);
-- Read by the task that sends due notifications.
CREATE INDEX notifications_by_status ON notifications (status, id, due_at);

-- The events whose tickets a notification is about.
CREATE TABLE notification_events (
    event_id BIGINT NOT NULL,
    notification_id {{uuid}} NOT NULL,
    PRIMARY KEY (event_id, notification_id)
);

-- The e-mails that the delivery `mailbox:` keeps. An e-mail is inserted in the transaction that marks its notification as
-- sent.
CREATE TABLE mailbox (
    message_id {{uuid}} NOT NULL PRIMARY KEY,
    booking_id {{uuid}} NOT NULL,
    to_address {{name}} NOT NULL,
    subject {{name}} NOT NULL,
    body {{text}} NOT NULL,
    sent_at {{time}} NOT NULL,
    kind {{name}} NOT NULL CHECK (kind IN ('booking-confirmed', 'booking-failed', 'booking-cancelled'))
);

-- How far retention has deleted the rows of a table.
CREATE TABLE retention_marks (
    table_name {{name}} NOT NULL PRIMARY KEY,
    deleted_before {{time}} NOT NULL,
    version BIGINT NOT NULL
);
