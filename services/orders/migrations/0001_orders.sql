-- Orders with their history. Money in minor units, times in microseconds UTC. An order has the id of its booking.

CREATE TABLE orders (
    id {{uuid}} NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    organizer_id BIGINT NOT NULL,
    order_lines {{json}} NOT NULL,
    total_minor BIGINT NOT NULL CHECK (total_minor >= 0),
    currency {{name}} NOT NULL,
    status {{name}} NOT NULL
        CHECK (status IN ('CREATED', 'RESERVED', 'PAID', 'CONFIRMED', 'FAILED', 'CANCELLED')),
    reason {{name}},
    refund {{name}} NOT NULL CHECK (refund IN ('none', 'pending', 'done', 'failed')),
    placed_through {{name}} NOT NULL CHECK (placed_through IN ('bookings', 'orders')),
    created_at {{time}} NOT NULL,
    history_count BIGINT NOT NULL CHECK (history_count > 0),
    version BIGINT NOT NULL
);
CREATE INDEX orders_by_user ON orders (user_id, id);

-- Rows are only added; they are numbered from 1 to history_count of the order, without a gap.
CREATE TABLE order_history (
    order_id {{uuid}} NOT NULL,
    number BIGINT NOT NULL,
    status {{name}} NOT NULL,
    recorded_at {{time}} NOT NULL,
    actor {{name}} NOT NULL,
    note {{text}} NOT NULL,
    causation_id {{uuid}},
    PRIMARY KEY (order_id, number)
);

-- The orders with tickets of an event.
CREATE TABLE order_events (
    event_id BIGINT NOT NULL,
    order_id {{uuid}} NOT NULL,
    PRIMARY KEY (event_id, order_id)
);
