-- The simulated payment provider's own books, apart from those of the service that calls it.

CREATE TABLE charges (
    idempotency_key {{uuid}} NOT NULL PRIMARY KEY,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    currency {{name}} NOT NULL,
    token {{name}},
    state {{name}} NOT NULL CHECK (state IN ('captured', 'declined', 'silent', 'cancelled')),
    reference {{name}},
    refund_reference {{name}},
    answers_at {{time}} NOT NULL,
    version BIGINT NOT NULL,
    CHECK (refund_reference IS NULL OR state = 'captured')
);

-- Every movement of money, in its order.
CREATE TABLE provider_log (
    number BIGINT NOT NULL PRIMARY KEY,
    idempotency_key {{uuid}} NOT NULL,
    kind {{name}} NOT NULL CHECK (kind IN ('charge', 'refund')),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency {{name}} NOT NULL,
    at {{time}} NOT NULL
);
