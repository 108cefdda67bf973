-- What is asked of payment providers, and what came of it. Money in minor units, times in microseconds UTC.

-- One row for each order whose seats were held, or that ended before that was heard of (state none). The order's id is
-- the key under which the provider knows the charge.
CREATE TABLE payments (
    id {{uuid}} NOT NULL PRIMARY KEY,
    organizer_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    currency {{name}} NOT NULL,
    payment_token {{name}},
    state {{name}} NOT NULL CHECK (
        state IN ('asking', 'pending', 'captured', 'declined', 'expired', 'cancelled', 'free', 'none')
    ),
    order_ended {{name}},
    reference {{name}},
    refund {{name}} NOT NULL CHECK (refund IN ('none', 'pending', 'done', 'failed')),
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    next_call_at {{time}},
    created_at {{time}} NOT NULL,
    causation_id {{uuid}},
    correlation_id {{name}} NOT NULL,
    traceparent {{name}},
    version BIGINT NOT NULL
);
CREATE INDEX payments_by_next_call ON payments (next_call_at);

-- The history of each payment, which is only added to. A kind has its number, so that the primary key refuses a second
-- capture, a second refund and a second end.
CREATE TABLE payment_entries (
    order_id {{uuid}} NOT NULL,
    number BIGINT NOT NULL,
    kind {{name}} NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    currency {{name}} NOT NULL,
    provider_reference {{name}},
    at {{time}} NOT NULL,
    actor {{name}} NOT NULL,
    PRIMARY KEY (order_id, number),
    CHECK (
        (number = 1 AND kind IN ('intent', 'free'))
        OR (number = 2 AND kind IN ('declined', 'expired', 'cancelled'))
        OR (number = 3 AND kind = 'captured')
        OR (number = 4 AND kind = 'refunded')
    )
);
