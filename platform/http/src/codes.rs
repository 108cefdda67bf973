//! The error codes that all services share. A service declares its own codes; each code has one owner.

use crate::problem::Code;

/// A field, parameter or header is missing, unknown or invalid.
pub const INVALID: Code = Code {
    code: "invalid",
    status: 400,
    title: "Invalid request",
    about: "A field, parameter or header is missing, unknown or invalid, or the body is not JSON. `errors` names each field.\n\
            Correct the request before you send it again.",
};

/// The token is missing or invalid.
pub const UNAUTHORIZED: Code = Code {
    code: "unauthorized",
    status: 401,
    title: "Unauthorized",
    about: "The bearer token is missing, malformed, expired, or from another issuer. Get a token from the token endpoint and\n\
            send it as `Authorization: Bearer TOKEN`.",
};

/// The token is valid but does not permit the request.
pub const FORBIDDEN: Code = Code {
    code: "forbidden",
    status: 403,
    title: "Forbidden",
    about: "The token is valid but does not permit the request. `detail` names the missing scope or membership.",
};

/// The resource does not exist, or the caller may not know of it.
pub const NOT_FOUND: Code = Code {
    code: "not-found",
    status: 404,
    title: "Not found",
    about: "The path or the resource does not exist, or the resource belongs to another user.",
};

/// The path does not support the method.
pub const METHOD_NOT_ALLOWED: Code = Code {
    code: "method-not-allowed",
    status: 405,
    title: "Method not allowed",
    about: "The path does not support the method. The header `Allow` lists the supported methods.",
};

/// `Accept` excludes every available media type.
pub const NOT_ACCEPTABLE: Code = Code {
    code: "not-acceptable",
    status: 406,
    title: "Not acceptable",
    about: "The header `Accept` excludes every media type that this path can send.",
};

/// The resource has another version than `If-Match` expects.
pub const PRECONDITION_FAILED: Code = Code {
    code: "precondition-failed",
    status: 412,
    title: "Changed since it was read",
    about: "The resource has another version than the header `If-Match` expects: it was changed since it was read. Nothing was\n\
            changed. Read it again, and repeat the request with the `ETag` of that response. Without `If-Match` the last\n\
            change wins.",
};

/// The body is larger than the limit.
pub const TOO_LARGE: Code =
    Code { code: "too-large", status: 413, title: "Body too large", about: "The body is larger than 64 KiB." };

/// Path and query are longer than the limit.
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
    about: "The body must be JSON with `Content-Type: application/json`.",
};

/// The idempotency key was used with another request.
pub const KEY_REUSED: Code = Code {
    code: "key-reused",
    status: 422,
    title: "Idempotency key reused",
    about: "An earlier request used this `Idempotency-Key` with another body. Generate a new key for each operation, and repeat\n\
            a key only with the same body.",
};

/// The caller exceeded its rate limit.
pub const TOO_MANY_REQUESTS: Code = Code {
    code: "too-many-requests",
    status: 429,
    title: "Too many requests",
    about: "The address or the token exceeded its rate limit. Wait for the number of seconds in `Retry-After`.",
};

/// The headers are larger than the limit.
pub const HEADERS_TOO_LARGE: Code = Code {
    code: "headers-too-large",
    status: 431,
    title: "Headers too large",
    about: "The headers together are larger than 16 KiB.",
};

/// An unexpected failure of the server.
pub const INTERNAL: Code = Code {
    code: "internal",
    status: 500,
    title: "Internal error",
    about: "An unexpected failure, logged with the id in the header `X-Request-Id`. The request may have had its effect: repeat\n\
            it with the same `Idempotency-Key`.",
};

/// A required component is unavailable; the request had no effect.
pub const UNAVAILABLE: Code = Code {
    code: "unavailable",
    status: 503,
    title: "Unavailable",
    about: "A required component is unavailable. The request had no effect; repeat it later.",
};

/// The service is overloaded; the request had no effect.
pub const BUSY: Code = Code {
    code: "busy",
    status: 503,
    title: "Busy",
    about: "The service is overloaded. The request had no effect; repeat it after the number of seconds in `Retry-After`.",
};

/// The response was not ready in time; the outcome is unknown.
pub const TIMEOUT: Code = Code {
    code: "timeout",
    status: 504,
    title: "Timeout",
    about: "The response was not ready in time. The request may have had its effect: repeat it with the same\n\
            `Idempotency-Key`.",
};

/// All shared codes, by status.
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

/// The codes of invalid fields.
pub mod field {
    /// The field is missing.
    pub const REQUIRED: &str = "required";
    /// The field is unknown.
    pub const UNKNOWN: &str = "unknown";
    /// The field has the wrong JSON type.
    pub const TYPE: &str = "type";
    /// The number is too small or too large.
    pub const RANGE: &str = "range";
    /// The text or list is too short or too long.
    pub const LENGTH: &str = "length";
    /// The text is malformed, or not one of the known values.
    pub const FORMAT: &str = "format";

    /// All codes of fields with their meanings.
    pub const ALL: &[(&str, &str)] = &[
        (REQUIRED, "the field is missing"),
        (UNKNOWN, "the field is unknown"),
        (TYPE, "the field has the wrong JSON type"),
        (RANGE, "the number is too small or too large"),
        (LENGTH, "the text or list is too short or too long"),
        (FORMAT, "the text is malformed, or not one of the known values"),
    ];
}
