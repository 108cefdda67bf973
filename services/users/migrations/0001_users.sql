-- People. Names and addresses are here and nowhere else: events, logs and other services know ids. Times in
-- microseconds UTC.

-- Whoever is deleted gives up subject and e-mail at once: both columns that are unique become NULL.
CREATE TABLE users (
    id BIGINT NOT NULL PRIMARY KEY,
    subject {{name}} UNIQUE,
    name {{name}} NOT NULL,
    email {{name}} NOT NULL,
    email_key {{name}} UNIQUE,
    address {{text}},
    created_at {{time}} NOT NULL,
    updated_at {{time}} NOT NULL,
    deleted_at {{time}},
    version BIGINT NOT NULL,
    CHECK (deleted_at IS NULL OR (subject IS NULL AND email_key IS NULL))
);
