use boxoffice_http::Code;
use boxoffice_settings::SettingsError;

use crate::rules::RuleError;

/// A request of another API that has no counterpart.
const PAID_THROUGH_ORDERS: Code = Code {
    code: "paid-through-orders",
    status: 409,
    title: "Paid through orders",
    about: "Orders and bookings are paid automatically, with their `paymentToken`, once their seats are held. Create an\n\
            order and read its payment.",
};

/// The body was not received in time.
pub const REQUEST_TIMEOUT: Code = Code {
    code: "request-timeout",
    status: 408,
    title: "Request timeout",
    about: "The body was not received in time. The request had no effect; repeat it.",
};

/// A service does not respond, or its circuit breaker is open.
pub const UPSTREAM_DOWN: Code = Code {
    code: "upstream-down",
    status: 503,
    title: "Service down",
    about: "The service of this path does not respond, or its circuit breaker is open. `detail` names the service. The\n\
            request had no effect; repeat it after the number of seconds in `Retry-After`.",
};

/// Error codes that only the gateway uses.
pub const CODES: &[&Code] = &[&PAID_THROUGH_ORDERS, &REQUEST_TIMEOUT, &UPSTREAM_DOWN];

/// Error of building the gateway.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A setting of the section `gateway` is invalid.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The setting `gateway.fault` names an unknown service.
    #[error("gateway.fault names {service}; the services are {}", known.join(", "))]
    Fault {
        /// The unknown name of a service.
        service: String,
        /// Names of the services.
        known: Vec<&'static str>,
    },
    /// A service documents a path that is not public.
    #[error("{service} documents {path}, which is not under /api/v1")]
    NotPublic {
        /// Name of the service.
        service: &'static str,
        /// The path that it documents.
        path: String,
    },
    /// Two services document the same operation.
    #[error("both {first} and {second} document {method} {path}")]
    Twice {
        /// Name of the first service.
        first: &'static str,
        /// Name of the second service.
        second: &'static str,
        /// Method of the operation.
        method: String,
        /// Path of the operation.
        path: String,
    },
    /// A rule file has an error.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// A path conflicts with another one, or is not a valid route.
    #[error("the path {path} cannot be routed: {reason}")]
    Route {
        /// The path of the route.
        path: String,
        /// Description of the conflict or the error.
        reason: String,
    },
}
