use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Currency, Decimal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{error::Refusal, store::Event};

/// Ticket types of one event.
pub const MAX_TYPES: usize = 100;

/// The highest price of one ticket, in whole units of its currency. The total of as many lines as there can be of as many
/// tickets as there can be at this price, in the smallest minor unit that there is, is far from what an amount can be.
pub const MAX_PRICE: i64 = 1_000_000_000;

/// A price as it is kept, in minor units.
///
/// # Errors
/// What would have been right: not negative, at most [`MAX_PRICE`], and no parts of a minor unit.
pub fn price_minor(price: Decimal, currency: Currency) -> Result<i64, String> {
    let price = price.in_currency(currency).map_err(|e| e.to_string())?;
    let most = MAX_PRICE * 10_i64.pow(currency.digits().into());
    if (0..=most).contains(&price.minor) { Ok(price.minor) } else { Err(format!("expected 0 to {MAX_PRICE}")) }
}

/// The form of an IANA name of a time zone; which of them exist is for whoever shows the time.
///
/// # Errors
/// What would have been right. The unit is for [`garde`].
pub fn is_time_zone(name: &str, (): &()) -> garde::Result {
    let fits = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
    if fits { Ok(()) } else { Err(garde::Error::new("expected a name such as Europe/Berlin")) }
}

/// Whether an event's tickets can be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// They can.
    OnSale,
    /// Not any more, or not yet.
    Closed,
    /// The event will not take place.
    Cancelled,
}

impl EventStatus {
    /// What an event becomes that is to be `next`. Selling can be ended and begun again; what is cancelled stays so.
    ///
    /// # Errors
    /// [`Refusal::Cancelled`].
    pub fn after(self, next: Self) -> Result<Self, Refusal> {
        match (self, next) {
            (Self::Cancelled, Self::OnSale | Self::Closed) => Err(Refusal::Cancelled),
            (Self::OnSale | Self::Closed | Self::Cancelled, next) => Ok(next),
        }
    }
}

impl Event {
    /// Whether its tickets can be bought at `now`: it is on sale and has not begun.
    pub fn sells(&self, now: Timestamp) -> bool {
        self.status == EventStatus::OnSale && self.starts_at > now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cancelled_stays_so() {
        use EventStatus::{Cancelled, Closed, OnSale};
        for (before, next, is_allowed) in [
            (OnSale, OnSale, true),
            (OnSale, Closed, true),
            (OnSale, Cancelled, true),
            (Closed, OnSale, true),
            (Closed, Closed, true),
            (Closed, Cancelled, true),
            (Cancelled, OnSale, false),
            (Cancelled, Closed, false),
            (Cancelled, Cancelled, true),
        ] {
            let expected = if is_allowed { Ok(next) } else { Err(Refusal::Cancelled) };
            assert_eq!(before.after(next), expected, "{before:?} to {next:?}");
        }
    }

    #[test]
    fn a_price_is_at_most_a_thousand_million_of_any_currency() {
        for (price, currency, minor) in [
            ("0", "EUR", Ok(0)),
            ("25.5", "EUR", Ok(2550)),
            ("1000000000", "EUR", Ok(100_000_000_000)),
            ("1000000000", "JPY", Ok(1_000_000_000)),
            ("1000000000.000", "KWD", Ok(1_000_000_000_000)),
            ("1000000000.01", "EUR", Err("expected 0 to 1000000000")),
            ("1000000001", "JPY", Err("expected 0 to 1000000000")),
            ("-0.01", "EUR", Err("expected 0 to 1000000000")),
            ("0.5", "JPY", Err("JPY has 0 decimals")),
        ] {
            let (price, currency) = (price.parse().unwrap(), currency.parse().unwrap());
            assert_eq!(price_minor(price, currency), minor.map_err(str::to_owned), "{price} {currency}");
        }
    }
}
