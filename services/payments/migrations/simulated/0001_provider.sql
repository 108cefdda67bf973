-- The books of the simulated payment provider. Amounts in minor units, times in microseconds UTC.

CREATE TABLE charges (
    idempotency_key {{uuid}} NOT NULL PRIMARY KEY,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    currency {{name}} NOT NULL,
    token {{name}},
    status {{name}} NOT NULL CHECK (status IN ('captured', 'declined', 'silent', 'cancelled')),
    provider_reference {{name}},
    refund_reference {{name}},
    refunded_minor BIGINT CHECK (refunded_minor BETWEEN 1 AND amount_minor),
    answers_at {{time}} NOT NULL,
    version BIGINT NOT NULL,
    CHECK (refund_reference IS NULL OR status = 'captured'),
    CHECK ((refund_reference IS NULL) = (refunded_minor IS NULL))
);

-- Every movement of money, in the order of the numbers.
CREATE TABLE movements (
    number BIGINT NOT NULL PRIMARY KEY,
    idempotency_key {{uuid}} NOT NULL,
    kind {{name}} NOT NULL CHECK (kind IN ('charge', 'refund')),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency {{name}} NOT NULL,
    moved_at {{time}} NOT NULL
);
