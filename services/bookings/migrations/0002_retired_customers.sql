-- Whom users is about to delete: nothing is booked for them until it is known what became of it.
ALTER TABLE customers ADD COLUMN retired_version BIGINT;
ALTER TABLE customers ADD COLUMN retired_at {{time}};
CREATE INDEX customers_by_retirement ON customers (retired_at);
