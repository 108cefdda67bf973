-- A customer lists the entries of all own payments.
CREATE INDEX payments_by_user ON payments (user_id, id);
