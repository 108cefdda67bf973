//! The closed list of what orders refuses, and the code that each refusal has.

use std::time::Duration;

use boxoffice_contracts::{BookingId, MoneyError};
use boxoffice_http::{ClientError, Code, Problem, codes};

/// Why orders did not do what was asked. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The message came before what it follows from; it is tried again.
    #[error("too early: order {0} is not open yet")]
    TooEarly(BookingId),
    /// The lines have no total, or their prices are none of their currency.
    #[error(transparent)]
    Amount(#[from] MoneyError),
    /// No request with the key has had an effect; never shown to a client.
    #[error("no request with this key has had an effect")]
    NothingToRecall,
}

/// A state that nobody can set.
pub const STATUS_NOT_SETTABLE: Code = Code {
    code: "status-not-settable",
    status: 409,
    title: "The status cannot be set",
    about: "An order gets to this state by what happens to it: its places are held, its amount is captured, its places are \
            sold. The only state that people can set is `CANCELLED`.",
};

/// All codes of this service.
pub const CODES: &[&Code] = &[&STATUS_NOT_SETTABLE];

/// A code that a neighbor owns and explains, since both refuse the same thing.
const fn owned_by_neighbor(code: &'static str, status: u16, title: &'static str) -> Code {
    Code { code, status, title, about: "" }
}

/// The token stands for nobody yet. Bookings owns it.
pub(crate) const PROFILE_MISSING: Code = owned_by_neighbor("profile-missing", 409, "Profile missing");
/// Nothing that the payment provider could charge. Bookings owns it.
pub(crate) const UNKNOWN_PAYMENT_TOKEN: Code = owned_by_neighbor("unknown-payment-token", 400, "Unknown payment token");
/// A card number where none belongs. Bookings owns it.
pub(crate) const CARD_DATA_REFUSED: Code = owned_by_neighbor("card-data-refused", 400, "Card data refused");
/// Another price than the client's. Inventory owns it.
pub(crate) const PRICE_CHANGED: Code = owned_by_neighbor("price-changed", 409, "The price has changed");
/// It has ended otherwise. Bookings owns it.
pub(crate) const NOT_CANCELLABLE: Code = owned_by_neighbor("not-cancellable", 409, "Not cancellable");
/// Several organizers or currencies in one order. Inventory owns it.
const MIXED_LINES: Code = owned_by_neighbor("mixed-lines", 400, "Lines of several sellers");
/// Tickets that cannot be bought. Inventory owns it.
const NOT_ON_SALE: Code = owned_by_neighbor("not-on-sale", 409, "Not on sale");

/// What inventory may refuse a quote with, and the client is refused with it too.
pub(crate) const OF_QUOTES: &[&Code] = &[&codes::NOT_FOUND, &codes::INVALID, &MIXED_LINES, &NOT_ON_SALE];

/// When a neighbor that could not be asked is worth another try.
pub(crate) const BREATH: Duration = Duration::from_secs(1);

/// What the client is told when a neighbor did not answer a question. Questions change nothing, so nothing was done,
/// whatever became of the request.
pub(crate) fn unanswered(error: ClientError) -> Problem {
    let (service, retry_after) = match error {
        ClientError::Unavailable { service, retry_after, .. } => (service, retry_after),
        ClientError::Unknown { service, .. } => (service, None),
        ClientError::Refused { .. } | ClientError::Malformed { .. } => return Problem::internal(error),
    };
    Problem::new(&codes::UNAVAILABLE, format!("{service} cannot be asked at present"))
        .with_retry_after(retry_after.unwrap_or(BREATH))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooEarly(_) | Refusal::NothingToRecall => Self::internal(refusal),
            Refusal::Amount(_) => Self::new(&codes::INVALID, refusal.to_string()),
        }
    }
}
