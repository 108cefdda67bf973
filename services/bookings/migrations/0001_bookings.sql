-- What customers asked for and the tickets they got. Money in minor units, times in microseconds UTC. A booking shares
-- its id with its hold, its order and its payment.

-- A copy of what users says: whose a token is. There may be several rows of one subject, of which one is not deleted.
CREATE TABLE customers (
    user_id BIGINT NOT NULL PRIMARY KEY,
    subject {{name}},
    deleted BIGINT NOT NULL CHECK (deleted IN (0, 1)),
    version BIGINT NOT NULL
);
CREATE INDEX customers_by_subject ON customers (subject);

-- deadline_at is there for as long as the booking is PENDING, so that its index has the open bookings alone.
CREATE TABLE bookings (
    id {{uuid}} NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    organizer_id BIGINT NOT NULL,
    lines {{json}} NOT NULL,
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

-- Which bookings have tickets of an event, for its organizer.
CREATE TABLE booking_events (
    event_id BIGINT NOT NULL,
    booking_id {{uuid}} NOT NULL,
    PRIMARY KEY (event_id, booking_id)
);

-- One for each place of a booking that was confirmed, numbered from 1. The code is what is shown at the door.
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
