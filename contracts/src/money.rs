//! Money without floats: integer minor units in the store and in code, an exact decimal number in JSON.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};
use utoipa::ToSchema;

use crate::{Decimal, Quantity};

/// What can go wrong with amounts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result has more digits than an amount can have.
    #[error("the amount is too large")]
    Overflow,
    /// Amounts of two currencies do not add up.
    #[error("{left} and {right} are different currencies")]
    CurrencyMismatch {
        /// The currency of what was there.
        left: Currency,
        /// The currency of what came to it.
        right: Currency,
    },
    /// An amount such as 1.005 EUR.
    #[error("{currency} has {} decimals", currency.digits())]
    TooPrecise {
        /// The currency whose minor unit is larger.
        currency: Currency,
    },
}

/// A currency of ISO 4217 that has a minor unit; in text and in JSON its three letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, example = "EUR", pattern = "^[A-Z]{3}$")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);

    /// Its three letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimals of its amounts: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn digits(self) -> u8 {
        let digits = self.0.exponent().expect("checked when it was read");
        u8::try_from(digits).expect("ISO 4217 has at most four")
    }
}

/// Not the code of a currency that one can pay with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a currency code of ISO 4217 such as EUR")]
pub struct UnknownCurrency;

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Reads three capital letters. Codes without a minor unit, such as XAU for gold, are refused.
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

/// An amount of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// In minor units: cents for EUR, yen for JPY. Negative where something is given back.
    pub minor: i64,
    /// What it is an amount of.
    pub currency: Currency,
}

impl Money {
    /// `minor` units (cents for EUR, yen for JPY) of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Whether there is nothing to pay.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Both together.
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

    /// The price of `quantity` at this price for one.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn times(self, quantity: Quantity) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(quantity.get())).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// As JSON and people write it, with all decimals of the currency: 100.00 for 10000 cents, 100 for 100 yen.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.digits())
    }
}

impl fmt::Display for Money {
    /// Such as `100.00 EUR`.
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
    fn decimals_are_those_of_the_currency() {
        assert_eq!(Money::new(10000, Currency::EUR).to_string(), "100.00 EUR");
        assert_eq!(Money::new(-5, Currency::EUR).to_string(), "-0.05 EUR");
        assert_eq!(Money::new(100, currency("JPY")).to_string(), "100 JPY");
        assert_eq!(Money::new(1, currency("KWD")).to_string(), "0.001 KWD");
    }

    #[test]
    fn a_currency_is_three_letters_that_one_can_pay_with() {
        assert_eq!(serde_json::to_string(&Currency::EUR).unwrap(), r#""EUR""#);
        assert_eq!(serde_json::from_str::<Currency>(r#""EUR""#).unwrap(), Currency::EUR);
        for refused in ["eur", "EURO", "XAU", "XXX", ""] {
            assert_eq!(refused.parse::<Currency>(), Err(UnknownCurrency), "{refused}");
        }
    }

    #[test]
    fn sums_are_checked() {
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
        fn what_is_written_reads_back(
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
