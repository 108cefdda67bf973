-- Which orders have tickets of an event. Orders from before this table are not in it.
CREATE TABLE order_events (
    event_id BIGINT NOT NULL,
    order_id {{uuid}} NOT NULL,
    PRIMARY KEY (event_id, order_id)
);
