-- What a letter is about, so that whoever looks into the mailbox can ask for one kind.
ALTER TABLE mailbox ADD COLUMN kind {{name}} NOT NULL DEFAULT 'booking-confirmed'
    CHECK (kind IN ('booking-confirmed', 'booking-failed', 'booking-cancelled'));
UPDATE mailbox SET kind = (SELECT notifications.kind FROM notifications WHERE notifications.id = mailbox.message_id);
