//! The error codes that all services share. A service declares its own codes beside its refusals; a code has one owner.

use crate::problem::Code;

/// A field, parameter or header is missing, unknown or invalid.
pub const INVALID: Code = Code {
    code: "invalid",
    status: 400,
    title: "Invalid request",
    about: "A field, a parameter or a header is missing, unknown or invalid, or the body is not JSON. `errors` names each\n\
            invalid field. Correct the request before you repeat it.",
};

/// The request has no token, or one that is not accepted.
pub const UNAUTHORIZED: Code = Code {
    code: "unauthorized",
    status: 401,
    title: "Unauthorized",
    about: "The request has no bearer token, or the token is malformed, expired, or from another issuer. Request a token at\n\
            the token endpoint and send it as `Authorization: Bearer TOKEN`.",
};

/// The token is valid but does not permit the operation.
pub const FORBIDDEN: Code = Code {
    code: "forbidden",
    status: 403,
    title: "Forbidden",
    about: "The token is valid but does not permit this operation. `detail` names the missing scope or membership. Repeat the\n\
            request with a token that has it.",
};

/// The resource does not exist, or the caller may not know that it exists.
pub const NOT_FOUND: Code = Code {
    code: "not-found",
    status: 404,
    title: "Not found",
    about: "No resource has this path or id, or the resource belongs to another user. Check the path and the id.",
};

/// The path exists, but does not support the method.
pub const METHOD_NOT_ALLOWED: Code = Code {
    code: "method-not-allowed",
    status: 405,
    title: "Method not allowed",
    about: "The path exists but does not support this method. The header `Allow` lists the supported methods.",
};

/// The header `Accept` excludes every media type of the response.
pub const NOT_ACCEPTABLE: Code = Code {
    code: "not-acceptable",
    status: 406,
    title: "Not acceptable",
    about: "The header `Accept` excludes every media type that this path responds with. Accept `application/json`, or omit\n\
            the header.",
};

/// The resource has another version than `If-Match` names.
pub const PRECONDITION_FAILED: Code = Code {
    code: "precondition-failed",
    status: 412,
    title: "Changed since it was read",
    about: "The resource has changed since the client read it: the header `If-Match` does not name its current version. The\n\
            request had no effect. Read the resource again and repeat the request with the new `ETag`. Without `If-Match` the\n\
            last change wins.",
};

/// The body is larger than [`MAX_BODY_BYTES`](crate::extract::MAX_BODY_BYTES).
pub const TOO_LARGE: Code = Code {
    code: "too-large",
    status: 413,
    title: "Body too large",
    about: "The body is larger than 64 KiB. Send a smaller body.",
};

/// The path and query together are longer than [`MAX_URI_BYTES`](crate::limits::MAX_URI_BYTES).
pub const URI_TOO_LONG: Code = Code {
    code: "uri-too-long",
    status: 414,
    title: "URI too long",
    about: "The path and query together are longer than 8 KiB. Send a shorter query.",
};

/// The body is not declared as JSON.
pub const UNSUPPORTED_MEDIA_TYPE: Code = Code {
    code: "unsupported-media-type",
    status: 415,
    title: "Unsupported media type",
    about: "The body is not declared as JSON. Send JSON with the header `Content-Type: application/json`.",
};

/// The idempotency key was used with another body.
pub const KEY_REUSED: Code = Code {
    code: "key-reused",
    status: 422,
    title: "Idempotency key reused",
    about: "The `Idempotency-Key` was used with another body. Generate a new key for each operation, and reuse a key only to\n\
            repeat the same request with the same body.",
};

/// The caller exceeded its rate limit.
pub const TOO_MANY_REQUESTS: Code = Code {
    code: "too-many-requests",
    status: 429,
    title: "Too many requests",
    about: "This address or token exceeded its rate limit. The request had no effect. Repeat it after the number of seconds in\n\
            the header `Retry-After`.",
};

/// The headers together are larger than [`MAX_HEADER_BYTES`](crate::limits::MAX_HEADER_BYTES).
pub const HEADERS_TOO_LARGE: Code = Code {
    code: "headers-too-large",
    status: 431,
    title: "Headers too large",
    about: "The headers together are larger than 16 KiB. Send fewer or shorter headers.",
};

/// The service failed. The outcome is unknown.
pub const INTERNAL: Code = Code {
    code: "internal",
    status: 500,
    title: "Internal error",
    about: "The server failed. It logged the cause with the id in the header `X-Request-Id`. The outcome of the request is\n\
            unknown: repeat it with the same `Idempotency-Key`.",
};

/// A component that the request needs is unavailable. The request had no effect.
pub const UNAVAILABLE: Code = Code {
    code: "unavailable",
    status: 503,
    title: "Unavailable",
    about: "A component that the request needs is unavailable. The request had no effect. Repeat it later.",
};

/// A queue is full. The request had no effect.
pub const BUSY: Code = Code {
    code: "busy",
    status: 503,
    title: "Busy",
    about: "Too many requests are in progress. The request had no effect. Repeat it after the number of seconds in the header\n\
            `Retry-After`.",
};

/// The response was not ready within the time limit. The outcome is unknown.
pub const TIMEOUT: Code = Code {
    code: "timeout",
    status: 504,
    title: "Timeout",
    about: "The response was not ready within the time limit. The outcome of the request is unknown: repeat it with the same\n\
            `Idempotency-Key`.",
};

/// All shared codes, sorted by status.
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

/// The codes of invalid fields, in `errors[].code`.
pub mod field {
    /// The field is required and missing.
    pub const REQUIRED: &str = "required";
    /// The API has no field of this name.
    pub const UNKNOWN: &str = "unknown";
    /// The value has the wrong JSON type.
    pub const TYPE: &str = "type";
    /// The number is too small or too large.
    pub const RANGE: &str = "range";
    /// The string or array is too short or too long.
    pub const LENGTH: &str = "length";
    /// The string is malformed, or is not one of the known values.
    pub const FORMAT: &str = "format";

    /// Each code with its meaning, as docs/errors.md lists it.
    pub const ALL: &[(&str, &str)] = &[
        (REQUIRED, "the field is required and missing"),
        (UNKNOWN, "the API has no field of this name"),
        (TYPE, "the value has the wrong JSON type"),
        (RANGE, "the number is too small or too large"),
        (LENGTH, "the string or array is too short or too long"),
        (FORMAT, "the string is malformed, or is not one of the known values"),
    ];
}
