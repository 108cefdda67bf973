-- Which notifications are about tickets of an event. Notifications from before this table are not in it.
CREATE TABLE notification_events (
    event_id BIGINT NOT NULL,
    notification_id {{uuid}} NOT NULL,
    PRIMARY KEY (event_id, notification_id)
);

-- Letters of the mailbox are taken away after a while: those that were sent before this time may be gone.
CREATE TABLE forgotten (
    what {{name}} NOT NULL PRIMARY KEY,
    until {{time}} NOT NULL,
    version BIGINT NOT NULL
);
