-- What was said about one thing, for whoever looks into what happened to it.
CREATE INDEX outbox_by_key ON outbox (message_key);
