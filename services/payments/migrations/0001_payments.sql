-- Payments and their history. Amounts in minor units, times in microseconds UTC.

-- One row for each order whose seats were reserved, or that ended before its reservation was handled (status
-- not-requested). The order's id is the key of the charge at the provider.
CREATE TABLE payments (
    id {{uuid}} NOT NULL PRIMARY KEY,
    organizer_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    currency {{name}} NOT NULL,
    payment_token {{name}},
    status {{name}} NOT NULL CHECK (
        status IN ('requested', 'pending', 'captured', 'declined', 'expired', 'cancelled', 'free', 'not-requested')
    ),
    order_ended {{name}},
    provider_reference {{name}},
    refund {{name}} NOT NULL CHECK (refund IN ('none', 'pending', 'done', 'failed')),
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    next_call_at {{time}},
    created_at {{time}} NOT NULL,
    causation_id {{uuid}},
    correlation_id {{name}} NOT NULL,
    traceparent {{name}},
    version BIGINT NOT NULL
);
-- Read by the task that calls the provider for due payments.
CREATE INDEX payments_by_next_call ON payments (next_call_at);
-- Read when a customer lists the entries of own payments.
CREATE INDEX payments_by_user ON payments (user_id, id);

-- The history of each payment. Entries are appended and never change. Each kind has a number, so the primary key refuses a
-- second capture, a second refund and a second end.
CREATE TABLE payment_entries (
    order_id {{uuid}} NOT NULL,
    number BIGINT NOT NULL,
    kind {{name}} NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    currency {{name}} NOT NULL,
    provider_reference {{name}},
    recorded_at {{time}} NOT NULL,
    actor {{name}} NOT NULL,
    PRIMARY KEY (order_id, number),
    CHECK (
        (number = 1 AND kind IN ('intent', 'free'))
        OR (number = 2 AND kind IN ('declined', 'expired', 'cancelled'))
        OR (number = 3 AND kind = 'captured')
        OR (number = 4 AND kind = 'refunded')
    )
);
