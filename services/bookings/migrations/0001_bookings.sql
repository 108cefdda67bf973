-- Bookings with their tickets. Money in minor units, times in microseconds UTC. A booking has the id of its hold, its
-- order and its payment.

-- Copies of users, to find the user of a token. Several rows may have the same subject; at most one is not deleted.
-- retired_version and retired_at are set while users deletes the user; new bookings are refused meanwhile.
CREATE TABLE customers (
    user_id BIGINT NOT NULL PRIMARY KEY,
    subject {{name}},
    deleted BIGINT NOT NULL CHECK (deleted IN (0, 1)),
    retired_version BIGINT,
    retired_at {{time}},
    version BIGINT NOT NULL
);
CREATE INDEX customers_by_subject ON customers (subject);
CREATE INDEX customers_by_retirement ON customers (retired_at);

-- deadline_at is set while the booking is PENDING, so that its index holds open bookings only.
CREATE TABLE bookings (
    id {{uuid}} NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    organizer_id BIGINT NOT NULL,
    booking_lines {{json}} NOT NULL,
    total_minor BIGINT NOT NULL CHECK (total_minor >= 0),
    currency {{name}} NOT NULL,
    status {{name}} NOT NULL CHECK (status IN ('PENDING', 'CONFIRMED', 'FAILED', 'EXPIRED', 'CANCELLED')),
    reason {{name}},
    refund {{name}} NOT NULL CHECK (refund IN ('none', 'pending', 'done', 'failed')),
    payment {{name}} NOT NULL CHECK (payment IN ('none', 'pending', 'paid', 'failed')),
    timeline {{json}} NOT NULL,
    created_at {{time}} NOT NULL,
    deadline_at {{time}},
    version BIGINT NOT NULL,
    CHECK ((status = 'PENDING') = (deadline_at IS NOT NULL))
);
CREATE INDEX bookings_by_user ON bookings (user_id, id);
CREATE INDEX bookings_by_deadline ON bookings (deadline_at);

-- The bookings with tickets of an event, for its organizer.
CREATE TABLE booking_events (
    event_id BIGINT NOT NULL,
    booking_id {{uuid}} NOT NULL,
    PRIMARY KEY (event_id, booking_id)
);

-- One row for each seat of a confirmed booking, numbered from 1. The venue scans the code.
CREATE TABLE tickets (
    booking_id {{uuid}} NOT NULL,
    number BIGINT NOT NULL CHECK (number > 0),
    id {{uuid}} NOT NULL,
    code {{name}} NOT NULL UNIQUE,
    event_id BIGINT NOT NULL,
    ticket_type_id BIGINT NOT NULL,
    status {{name}} NOT NULL CHECK (status IN ('valid', 'void', 'used')),
    version BIGINT NOT NULL,
    PRIMARY KEY (booking_id, number)
);
