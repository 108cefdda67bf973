-- The catalogue and the holds. Money is in minor units, times are in microseconds UTC.

CREATE TABLE organizers (
    id BIGINT NOT NULL PRIMARY KEY,
    name {{name}} NOT NULL,
    slug {{name}} NOT NULL UNIQUE,
    created_at {{time}} NOT NULL,
    version BIGINT NOT NULL
);

-- The token subjects that may act for an organizer.
CREATE TABLE members (
    organizer_id BIGINT NOT NULL,
    subject {{name}} NOT NULL,
    added_at {{time}} NOT NULL,
    PRIMARY KEY (organizer_id, subject)
);
CREATE INDEX members_by_subject ON members (subject);

CREATE TABLE venues (
    id BIGINT NOT NULL PRIMARY KEY,
    organizer_id BIGINT NOT NULL,
    name {{name}} NOT NULL,
    address {{text}} NOT NULL,
    total_capacity BIGINT NOT NULL CHECK (total_capacity > 0),
    version BIGINT NOT NULL
);
CREATE INDEX venues_by_organizer ON venues (organizer_id);

CREATE TABLE events (
    id BIGINT NOT NULL PRIMARY KEY,
    organizer_id BIGINT NOT NULL,
    venue_id BIGINT,
    name {{name}} NOT NULL,
    description {{text}} NOT NULL,
    starts_at {{time}} NOT NULL,
    time_zone {{name}} NOT NULL,
    currency {{name}} NOT NULL,
    status {{name}} NOT NULL CHECK (status IN ('on_sale', 'closed', 'cancelled')),
    version BIGINT NOT NULL
);
CREATE INDEX events_by_organizer ON events (organizer_id);
CREATE INDEX events_by_venue ON events (venue_id);
-- Lists of events are sorted by these.
CREATE INDEX events_by_start ON events (starts_at, id);
CREATE INDEX events_by_name ON events (name, id);

-- The seats that ticket types draw from. The CHECK constraints are the last defense against overselling: a statement that
-- takes more seats than the capacity fails.
CREATE TABLE quotas (
    id BIGINT NOT NULL PRIMARY KEY,
    event_id BIGINT NOT NULL,
    organizer_id BIGINT NOT NULL,
    capacity BIGINT NOT NULL CHECK (capacity >= 0),
    held BIGINT NOT NULL CHECK (held >= 0),
    sold BIGINT NOT NULL CHECK (sold >= 0),
    version BIGINT NOT NULL,
    CHECK (held + sold <= capacity)
);
CREATE INDEX quotas_by_event ON quotas (event_id);

CREATE TABLE ticket_types (
    id BIGINT NOT NULL PRIMARY KEY,
    event_id BIGINT NOT NULL,
    organizer_id BIGINT NOT NULL,
    quota_id BIGINT NOT NULL,
    name {{name}} NOT NULL,
    price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
    currency {{name}} NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX ticket_types_by_event ON ticket_types (event_id);
CREATE INDEX ticket_types_by_organizer ON ticket_types (organizer_id);

-- Seats reserved for one buyer: until the hold expires (held), until the payment of its order is known (claimed), or for
-- good (sold). A hold shares its id with its booking and its order.
CREATE TABLE holds (
    id {{uuid}} NOT NULL PRIMARY KEY,
    organizer_id BIGINT NOT NULL,
    owner {{name}} NOT NULL,
    hold_lines {{json}} NOT NULL,
    currency {{name}} NOT NULL,
    status {{name}} NOT NULL CHECK (status IN ('held', 'claimed', 'sold', 'released', 'expired')),
    reason {{name}},
    taken_at {{time}} NOT NULL,
    expires_at {{time}},
    extensions BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX holds_by_expiry ON holds (status, expires_at);
CREATE INDEX holds_by_owner ON holds (owner, id);
