//! Amounts without floats: integer minor units in code and in the database, an exact decimal number in JSON.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};
use utoipa::ToSchema;

use crate::{Decimal, Quantity};

/// Error of an operation on amounts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit a 64-bit number of minor units.
    #[error("the amount is too large")]
    Overflow,
    /// Amounts of different currencies cannot be added.
    #[error("{left} and {right} are different currencies")]
    CurrencyMismatch {
        /// Currency of the first amount.
        left: Currency,
        /// Currency of the added amount.
        right: Currency,
    },
    /// The amount has fractions of a minor unit, such as 1.005 EUR.
    #[error("{currency} has {} decimals", currency.digits())]
    TooPrecise {
        /// Currency of the amount.
        currency: Currency,
    },
}

/// A currency of ISO 4217 that has a minor unit. Its text and JSON form is the three-letter code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, example = "EUR", pattern = "^[A-Z]{3}$")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The euro, with two decimals.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);

    /// Three-letter code of ISO 4217.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Number of decimals of its amounts: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn digits(self) -> u8 {
        let digits = self.0.exponent().expect("every constructor checks that the currency has a minor unit");
        u8::try_from(digits).expect("ISO 4217 has at most four")
    }
}

/// Error of parsing a text that is not the code of a currency with a minor unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a currency code of ISO 4217 such as EUR")]
pub struct UnknownCurrency;

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Parses three capital letters. Codes without a minor unit, such as XAU for gold, are refused.
    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        let known = iso_currency::Currency::from_code(code).ok_or(UnknownCurrency)?;
        known.exponent().map(|_| Self(known)).ok_or(UnknownCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// An amount of money in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// Number of minor units: cents for EUR, yen for JPY. Negative for refunds.
    pub minor: i64,
    /// Currency of the amount.
    pub currency: Currency,
}

impl Money {
    /// Creates an amount of `minor` units (cents for EUR, yen for JPY) of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// An amount of zero in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// True when the amount is zero, as for a free order.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Adds two amounts of the same currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] and [`MoneyError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency });
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Multiplies this unit price by `quantity`.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn times(self, quantity: Quantity) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(quantity.get())).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Converts to a number with all decimals of the currency: 100.00 for 10000 cents, 100 for 100 yen.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.digits())
    }
}

impl fmt::Display for Money {
    /// Formats the amount followed by its currency code, such as `100.00 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        assert_eq!(Money::new(10000, Currency::EUR).to_string(), "100.00 EUR");
        assert_eq!(Money::new(-5, Currency::EUR).to_string(), "-0.05 EUR");
        assert_eq!(Money::new(100, currency("JPY")).to_string(), "100 JPY");
        assert_eq!(Money::new(1, currency("KWD")).to_string(), "0.001 KWD");
    }

    #[test]
    fn only_codes_with_a_minor_unit_parse() {
        assert_eq!(serde_json::to_string(&Currency::EUR).unwrap(), r#""EUR""#);
        assert_eq!(serde_json::from_str::<Currency>(r#""EUR""#).unwrap(), Currency::EUR);
        for refused in ["eur", "EURO", "XAU", "XXX", ""] {
            assert_eq!(refused.parse::<Currency>(), Err(UnknownCurrency), "{refused}");
        }
    }

    #[test]
    fn overflow_and_mixed_currencies_are_refused() {
        let euro = Money::new(2550, Currency::EUR);
        let quantity = Quantity::new(3).unwrap();
        assert_eq!(euro.times(quantity), Ok(Money::new(7650, Currency::EUR)));
        assert_eq!(euro.plus(euro), Ok(Money::new(5100, Currency::EUR)));
        assert_eq!(Money::new(i64::MAX, Currency::EUR).plus(euro), Err(MoneyError::Overflow));
        assert_eq!(Money::new(i64::MAX, Currency::EUR).times(quantity), Err(MoneyError::Overflow));
        let yen = Money::new(1, currency("JPY"));
        assert_eq!(euro.plus(yen).unwrap_err().to_string(), "EUR and JPY are different currencies");
    }

    proptest! {
        #[test]
        fn serialized_amounts_deserialize_unchanged(
            minor in -999_999_999_999_999_999_i64..=999_999_999_999_999_999,
            code in prop::sample::select(vec!["EUR", "JPY", "KWD", "CLF"]),
        ) {
            let money = Money::new(minor, currency(code));
            let json = serde_json::to_string(&money.decimal()).unwrap();
            let read: Decimal = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(read.in_currency(money.currency), Ok(money));
            prop_assert_eq!(json, money.decimal().to_string());
        }
    }
}
