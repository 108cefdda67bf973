-- Operators list users by name and by age.
CREATE INDEX users_by_name ON users (name, id);
CREATE INDEX users_by_age ON users (created_at, id);
