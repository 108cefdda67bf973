use boxoffice_contracts::{Currency, Decimal};

/// The largest number of ticket types of one event.
pub const MAX_TICKET_TYPES: usize = 100;

/// The highest price of one ticket, in whole units of its currency. The total of the largest possible order at this price
/// fits into an amount in every currency.
pub const MAX_PRICE: i64 = 1_000_000_000;

/// Converts a price to minor units of `currency`.
///
/// # Errors
/// The expected values, as text for a field error, when the price is negative, above [`MAX_PRICE`], or has more decimals
/// than the currency.
pub fn price_minor(price: Decimal, currency: Currency) -> Result<i64, String> {
    let price = price.in_currency(currency).map_err(|e| e.to_string())?;
    let max = MAX_PRICE * 10_i64.pow(currency.digits().into());
    if (0..=max).contains(&price.minor) { Ok(price.minor) } else { Err(format!("expected 0 to {MAX_PRICE}")) }
}

/// Checks the form of an IANA time zone name, for [`garde`]. It does not check that the zone exists.
///
/// # Errors
/// When the name has a character that no zone name has.
pub fn is_time_zone(name: &str, (): &()) -> garde::Result {
    let fits = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
    if fits { Ok(()) } else { Err(garde::Error::new("expected a name such as Europe/Berlin")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_at_most_one_billion_of_any_currency() {
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
