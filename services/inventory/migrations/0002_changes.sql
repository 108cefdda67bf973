-- How often the owner of a hold has put its end off.
ALTER TABLE holds ADD COLUMN extensions BIGINT NOT NULL DEFAULT 0;

-- A venue is asked for its events before it is deleted, and lists are sorted by these.
CREATE INDEX events_by_venue ON events (venue_id);
CREATE INDEX events_by_start ON events (starts_at, id);
CREATE INDEX events_by_name ON events (name, id);
CREATE INDEX venues_by_organizer ON venues (organizer_id);
CREATE INDEX ticket_types_by_organizer ON ticket_types (organizer_id);
