-- Users. Only this table stores names and addresses: events, logs and other services carry ids. Times are in microseconds
-- UTC.

-- Deleting a user sets both unique columns to NULL, so that the subject and the e-mail address can be used again.
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

-- Lists of users are sorted by these.
CREATE INDEX users_by_name ON users (name, id);
CREATE INDEX users_by_creation ON users (created_at, id);
