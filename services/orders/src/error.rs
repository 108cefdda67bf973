//! The closed list of refusals of orders with their error codes, and the conversion of errors of other services.

use std::time::Duration;

use boxoffice_contracts::{BookingId, MoneyError};
use boxoffice_http::{ClientError, Code, Problem, codes};

/// Why a command was refused. A refused command has changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The message overtook the one that opens the order; it is redelivered.
    #[error("order {0} does not exist yet")]
    UnknownOrder(BookingId),
    /// The total overflows, or a price does not fit the currency.
    #[error(transparent)]
    Amount(#[from] MoneyError),
}

/// Clients can set no status but `CANCELLED`.
pub const STATUS_NOT_SETTABLE: Code = Code {
    code: "status-not-settable",
    status: 409,
    title: "Status not settable",
    about: "An order enters this status when its seats are held, its payment is captured or its seats are sold. Clients \
            can set the status `CANCELLED` only.",
};

/// All error codes that this service owns.
pub const CODES: &[&Code] = &[&STATUS_NOT_SETTABLE];

/// An error code that another service owns and documents.
const fn shared_code(code: &'static str, status: u16, title: &'static str) -> Code {
    Code { code, status, title, about: "" }
}

/// No user belongs to the caller's token. Owned by bookings.
pub(crate) const PROFILE_MISSING: Code = shared_code("profile-missing", 409, "Profile missing");
/// The payment provider does not know the token. Owned by bookings.
pub(crate) const UNKNOWN_PAYMENT_TOKEN: Code = shared_code("unknown-payment-token", 400, "Unknown payment token");
/// The body contains a card number. Owned by bookings.
pub(crate) const CARD_DATA_REFUSED: Code = shared_code("card-data-refused", 400, "Card data refused");
/// The price differs from the one in the request. Owned by inventory.
pub(crate) const PRICE_CHANGED: Code = shared_code("price-changed", 409, "The price has changed");
/// The booking has failed or expired. Owned by bookings.
pub(crate) const NOT_CANCELLABLE: Code = shared_code("not-cancellable", 409, "Booking not cancellable");
/// The lines have several organizers or currencies. Owned by inventory.
const MIXED_LINES: Code = shared_code("mixed-lines", 400, "Lines of several sellers");
/// A ticket type cannot be bought. Owned by inventory.
const NOT_ON_SALE: Code = shared_code("not-on-sale", 409, "Not on sale");

/// The error codes of other services that orders passes on.
pub const SHARED_CODES: &[&Code] = &[
    &PROFILE_MISSING,
    &UNKNOWN_PAYMENT_TOKEN,
    &CARD_DATA_REFUSED,
    &PRICE_CHANGED,
    &NOT_CANCELLABLE,
    &MIXED_LINES,
    &NOT_ON_SALE,
];

/// The refusals of a quote that are passed on to the client as they are.
pub(crate) const QUOTE_REFUSALS: &[&Code] = &[&codes::NOT_FOUND, &codes::INVALID, &MIXED_LINES, &NOT_ON_SALE];

/// The `Retry-After` of an unavailable service that did not send one.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The problem for a failed read at another service. A read changes nothing, so the answer is `unavailable` even when
/// the outcome of the request is unknown.
pub(crate) fn read_failed(error: ClientError) -> Problem {
    let (service, retry_after) = match error {
        ClientError::Unavailable { service, retry_after, .. } => (service, retry_after),
        ClientError::OutcomeUnknown { service, .. } => (service, None),
        ClientError::Refused { .. } | ClientError::Malformed { .. } => return Problem::internal(error),
    };
    Problem::new(&codes::UNAVAILABLE, format!("the {service} service is unavailable"))
        .with_retry_after(retry_after.unwrap_or(RETRY_AFTER))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownOrder(_) => Self::internal(refusal),
            Refusal::Amount(_) => Self::new(&codes::INVALID, refusal.to_string()),
        }
    }
}
