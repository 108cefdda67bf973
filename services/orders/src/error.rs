//! The closed list of what orders refuses, and the code that each refusal has.

use boxoffice_chassis::{Code, Problem, codes};
use boxoffice_contracts::{BookingId, MoneyError};

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

/// The token stands for nobody yet.
pub const PROFILE_MISSING: Code = Code {
    code: "profile-missing",
    status: 409,
    title: "The profile is missing",
    about: "The token is good and no user has it. Make the profile with `PUT /api/v1/users/me`, then repeat the request.",
};
/// Nothing that the payment provider could charge.
pub const UNKNOWN_PAYMENT_TOKEN: Code = Code {
    code: "unknown-payment-token",
    status: 400,
    title: "Unknown payment token",
    about: "The payment provider knows no such token. Let it make one from the customer's means of payment.",
};
/// A card number where none belongs.
pub const CARD_DATA_REFUSED: Code = Code {
    code: "card-data-refused",
    status: 400,
    title: "Card data is refused",
    about: "A field holds what looks like the number of a card. It was neither used nor stored. Card data belongs to the\npayment provider alone: send the token that it gives for them.",
};

/// All codes of this service.
pub const CODES: &[&Code] = &[&PROFILE_MISSING, &UNKNOWN_PAYMENT_TOKEN, &CARD_DATA_REFUSED];

/// Another organizer or currency in one order. Inventory owns and documents this code.
pub const MIXED_LINES: Code =
    Code { code: "mixed-lines", status: 400, title: "Lines of several sellers", about: "See inventory." };
/// Tickets that cannot be bought. Inventory owns and documents this code.
pub const NOT_ON_SALE: Code = Code { code: "not-on-sale", status: 409, title: "Not on sale", about: "See inventory." };
/// Another price than the client's. Inventory owns and documents this code.
pub const PRICE_CHANGED: Code =
    Code { code: "price-changed", status: 409, title: "The price has changed", about: "See inventory." };

/// What inventory may refuse a quote with, and its client with it is refused too.
pub(crate) const OF_QUOTES: &[&Code] = &[&codes::NOT_FOUND, &codes::INVALID, &MIXED_LINES, &NOT_ON_SALE];

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooEarly(_) | Refusal::NothingToRecall => Self::internal(refusal),
            Refusal::Amount(_) => Self::new(&codes::INVALID, refusal.to_string()),
        }
    }
}
