use boxoffice_http::Code;
use boxoffice_settings::SettingsError;

use crate::rules::RuleError;

/// A request that another API has and this one has not.
const PAID_THROUGH_ORDERS: Code = Code {
    code: "paid-through-orders",
    status: 409,
    title: "Paid through orders",
    about: "A payment is never made by itself: an order or a booking is paid for once its places are held, with the\n\
            `paymentToken` that it was placed with. Place an order, and read what became of its payment.",
};

/// The body did not arrive in time.
pub const REQUEST_TIMEOUT: Code = Code {
    code: "request-timeout",
    status: 408,
    title: "Request timeout",
    about: "The body of the request was not complete in time. Nothing was done; repeat the request.",
};

/// A service does not answer.
pub const UPSTREAM_DOWN: Code = Code {
    code: "upstream-down",
    status: 503,
    title: "Service down",
    about: "The service behind this path does not answer, or failed so often that it is left alone for a while. `detail` \
            names\nit. Nothing was done; repeat the request after as many seconds as `Retry-After` says.",
};

/// Error codes that only the gateway uses.
pub const CODES: &[&Code] = &[&PAID_THROUGH_ORDERS, &REQUEST_TIMEOUT, &UPSTREAM_DOWN];

/// Error of building the gateway.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A setting of the section `gateway`.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A fault of a service that is not there would be none.
    #[error("gateway.fault names {service}; the services are {}", known.join(", "))]
    Fault {
        /// What it names.
        service: String,
        /// Whose calls can be made to fail.
        known: Vec<&'static str>,
    },
    /// Only what is meant for the public may stand in a public document.
    #[error("{service} documents {path}, which is not under /api/v1")]
    NotPublic {
        /// Who.
        service: &'static str,
        /// What.
        path: String,
    },
    /// A request would have two answers.
    #[error("both {first} and {second} document {method} {path}")]
    Twice {
        /// The one.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// The method.
        method: String,
        /// The path.
        path: String,
    },
    /// A rule file.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// A path that cannot be told from another, or is not written as a route.
    #[error("the path {path} cannot be routed: {reason}")]
    Route {
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}
