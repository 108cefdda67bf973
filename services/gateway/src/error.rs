use boxoffice_chassis::{Code, settings::SettingsError};

use crate::rules::RuleError;

/// A request that another API has and this one has not.
const PAID_THROUGH_ORDERS: Code = Code {
    code: "paid-through-orders",
    status: 409,
    title: "Paid through orders",
    about: "A payment is never made by itself: an order or a booking is paid for once its places are held, with the\n\
            `paymentToken` that it was placed with. Place an order, and read what became of its payment.",
};

/// The codes of the gateway's own refusals.
pub const CODES: &[&Code] = &[&PAID_THROUGH_ORDERS];

/// Why the door cannot be put up.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A setting of the section `gateway`.
    #[error(transparent)]
    Settings(#[from] SettingsError),
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
