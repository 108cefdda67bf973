//! The refusals that every service shares. A service adds its own beside them; a code has one owner.

use crate::problem::Code;

/// A field, parameter or header is missing, unknown or wrong.
pub const INVALID: Code = Code {
    code: "invalid",
    status: 400,
    title: "Invalid request",
    about: "A field, a parameter or a header is missing, unknown or wrong, or the body is no JSON. `errors` names each one. \
            Correct\nit; the same request will be refused again.",
};

/// No token, or one that is not accepted.
pub const UNAUTHORIZED: Code = Code {
    code: "unauthorized",
    status: 401,
    title: "Unauthorized",
    about: "There is no bearer token, or it is malformed, expired, or from another issuer. Get one from the token endpoint \
            and\nsend it as `Authorization: Bearer TOKEN`.",
};

/// The token is good and does not permit this.
pub const FORBIDDEN: Code = Code {
    code: "forbidden",
    status: 403,
    title: "Forbidden",
    about: "The token is good, and what it stands for may not do this. `detail` names the scope or the membership that is \
            missing.",
};

/// Nothing there, or nothing that the caller may know of.
pub const NOT_FOUND: Code = Code {
    code: "not-found",
    status: 404,
    title: "Not found",
    about: "There is nothing under this path or id, or it belongs to somebody else.",
};

/// The path exists, the method does not.
pub const METHOD_NOT_ALLOWED: Code = Code {
    code: "method-not-allowed",
    status: 405,
    title: "Method not allowed",
    about: "The path is right and the method is not. The header `Allow` lists those that are.",
};

/// `Accept` leaves nothing that could be sent.
pub const NOT_ACCEPTABLE: Code = Code {
    code: "not-acceptable",
    status: 406,
    title: "Not acceptable",
    about: "The header `Accept` leaves no media type that this path can answer with.",
};

/// The resource is not what the request says that it has seen.
pub const PRECONDITION_FAILED: Code = Code {
    code: "precondition-failed",
    status: 412,
    title: "Changed since it was read",
    about: "The header `If-Match` names no version that the resource has now: it was changed since it was read. Nothing was\n\
            done. Read it again, decide again, and repeat the request with the `ETag` of that answer. Without `If-Match` a\n\
            change is made whatever was changed before: the last one wins.",
};

/// The body is larger than is taken.
pub const TOO_LARGE: Code =
    Code { code: "too-large", status: 413, title: "Body too large", about: "The body is larger than 64 KiB." };

/// Path and query are longer than is taken.
pub const URI_TOO_LONG: Code = Code {
    code: "uri-too-long",
    status: 414,
    title: "URI too long",
    about: "Path and query together are longer than 8 KiB.",
};

/// The body is not declared as JSON.
pub const UNSUPPORTED_MEDIA_TYPE: Code = Code {
    code: "unsupported-media-type",
    status: 415,
    title: "Unsupported media type",
    about: "A body must be JSON and be declared so: `Content-Type: application/json`.",
};

/// An idempotency key that came with another request before.
pub const KEY_REUSED: Code = Code {
    code: "key-reused",
    status: 422,
    title: "Idempotency key reused",
    about: "This `Idempotency-Key` came with another body before. Make a key for each thing that is to be done, and repeat \
            it\nonly with the same body.",
};

/// More requests than the caller may send.
pub const TOO_MANY_REQUESTS: Code = Code {
    code: "too-many-requests",
    status: 429,
    title: "Too many requests",
    about: "More requests in a short time than this address or token may send. Wait for as many seconds as `Retry-After` \
            says.",
};

/// The headers are larger than is taken.
pub const HEADERS_TOO_LARGE: Code = Code {
    code: "headers-too-large",
    status: 431,
    title: "Headers too large",
    about: "The headers together are larger than 16 KiB.",
};

/// A fault of ours.
pub const INTERNAL: Code = Code {
    code: "internal",
    status: 500,
    title: "Internal error",
    about: "A fault of ours, logged with the id that the header `X-Request-Id` shows. Whether the request had an effect is \
            not\nknown: repeat it with the same `Idempotency-Key`.",
};

/// Something that is needed is not there; nothing was done.
pub const UNAVAILABLE: Code = Code {
    code: "unavailable",
    status: 503,
    title: "Unavailable",
    about: "Something that is needed to answer is not there. Nothing was done; repeat the request later.",
};

/// The queue is full; nothing was done.
pub const BUSY: Code = Code {
    code: "busy",
    status: 503,
    title: "Busy",
    about: "More requests are waiting than can be answered soon. Nothing was done; repeat the request after as many seconds \
            as\n`Retry-After` says.",
};

/// No answer in time; the outcome is unknown.
pub const TIMEOUT: Code = Code {
    code: "timeout",
    status: 504,
    title: "Timeout",
    about: "The answer was not ready in time. Whether the request had an effect is not known: repeat it with the same\n\
            `Idempotency-Key`.",
};

/// All of them, by status.
pub const ALL: &[&Code] = &[
    &INVALID,
    &UNAUTHORIZED,
    &FORBIDDEN,
    &NOT_FOUND,
    &METHOD_NOT_ALLOWED,
    &NOT_ACCEPTABLE,
    &PRECONDITION_FAILED,
    &TOO_LARGE,
    &URI_TOO_LONG,
    &UNSUPPORTED_MEDIA_TYPE,
    &KEY_REUSED,
    &TOO_MANY_REQUESTS,
    &HEADERS_TOO_LARGE,
    &INTERNAL,
    &UNAVAILABLE,
    &BUSY,
    &TIMEOUT,
];

/// The codes that say what is wrong with one field.
pub mod field {
    /// It is missing.
    pub const REQUIRED: &str = "required";
    /// There is no such field.
    pub const UNKNOWN: &str = "unknown";
    /// It is of another JSON type than it should be.
    pub const TYPE: &str = "type";
    /// A number that is too small or too large.
    pub const RANGE: &str = "range";
    /// A text or list that is too short or too long.
    pub const LENGTH: &str = "length";
    /// A text that is not written as it should be, or not one of the words that are known.
    pub const FORMAT: &str = "format";

    /// Each with its meaning.
    pub const ALL: &[(&str, &str)] = &[
        (REQUIRED, "it is missing"),
        (UNKNOWN, "there is no such field"),
        (TYPE, "another type of JSON value was expected"),
        (RANGE, "a number that is too small or too large"),
        (LENGTH, "a text or list that is too short or too long"),
        (FORMAT, "a text that is not written as it should be, or not one of the words that are known"),
    ];
}
