-- Who sells, what for, and how many places there are. Money in minor units, times in microseconds UTC.

CREATE TABLE organizers (
    id BIGINT NOT NULL PRIMARY KEY,
    name {{name}} NOT NULL,
    slug {{name}} NOT NULL UNIQUE,
    created_at {{time}} NOT NULL,
    version BIGINT NOT NULL
);

-- Which tokens act for an organizer.
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

-- The places that ticket types draw from. The last line of defense against overselling: whatever a program decides,
-- a statement that takes more than there is fails.
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

-- Places that one buyer has: until they run out (held), for an order under way (claimed), or for good (sold). Shares
-- its id with the booking and the order that it is for.
CREATE TABLE holds (
    id {{uuid}} NOT NULL PRIMARY KEY,
    organizer_id BIGINT NOT NULL,
    owner {{name}} NOT NULL,
    lines {{json}} NOT NULL,
    currency {{name}} NOT NULL,
    status {{name}} NOT NULL CHECK (status IN ('held', 'claimed', 'sold', 'released', 'expired')),
    reason {{name}},
    taken_at {{time}} NOT NULL,
    expires_at {{time}},
    version BIGINT NOT NULL
);
CREATE INDEX holds_by_expiry ON holds (status, expires_at);
CREATE INDEX holds_by_owner ON holds (owner, id);
