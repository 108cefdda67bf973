use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de, ser};
use serde_json::value::RawValue;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Type, schema::Schema},
};

use crate::{Currency, Money, MoneyError};

/// An exact decimal number: `units` divided by ten to the power of `scale`.
///
/// In JSON it is a number with exactly `scale` decimals. Serialization uses the raw values of `serde_json` to avoid
/// floats. Therefore only `serde_json` reads and writes it, from text rather than from a `serde_json::Value`, and not
/// inside flattened, untagged or internally tagged types. Equality compares the notation: 25.5 differs from 25.50,
/// though both are the same [`Money`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    units: i64,
    scale: u8,
}

/// Error of parsing a text that is not a [`Decimal`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a decimal number such as 25.50, without exponent and with at most {MAX_DIGITS} digits")]
pub struct MalformedDecimal;

/// Maximum number of digits when parsing; every number of this length fits an `i64`.
const MAX_DIGITS: usize = 18;

impl Decimal {
    /// Creates `units` divided by ten to the power of `scale`: 25.50 is `new(2550, 2)`.
    pub const fn new(units: i64, scale: u8) -> Self {
        Self { units, scale }
    }

    /// Converts this number to an amount of `currency`. Trailing zeros are insignificant.
    ///
    /// # Errors
    /// [`MoneyError::TooPrecise`] for fractions of a minor unit, and [`MoneyError::Overflow`].
    pub fn in_currency(self, currency: Currency) -> Result<Money, MoneyError> {
        let Self { mut units, mut scale } = self;
        while scale > currency.digits() {
            if units % 10 != 0 {
                return Err(MoneyError::TooPrecise { currency });
            }
            units /= 10;
            scale -= 1;
        }
        let missing = 10_i64.checked_pow(u32::from(currency.digits() - scale)).ok_or(MoneyError::Overflow)?;
        let minor = units.checked_mul(missing).ok_or(MoneyError::Overflow)?;
        Ok(Money::new(minor, currency))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { units, scale } = *self;
        if scale == 0 {
            return units.fmt(f);
        }
        let scale = usize::from(scale);
        let sign = if units < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", units.unsigned_abs(), width = scale + 1);
        let (whole, part) = digits.split_at(digits.len() - scale);
        write!(f, "{sign}{whole}.{part}")
    }
}

impl FromStr for Decimal {
    type Err = MalformedDecimal;

    /// Parses the number grammar of JSON (RFC 8259, section 6) without exponents.
    fn from_str(text: &str) -> Result<Self, MalformedDecimal> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || leading_zero || digits.ends_with('.') || whole.len() + part.len() > MAX_DIGITS {
            return Err(MalformedDecimal);
        }
        let mut units = 0;
        for digit in whole.bytes().chain(part.bytes()) {
            if !digit.is_ascii_digit() {
                return Err(MalformedDecimal);
            }
            units = units * 10 + i64::from(digit - b'0');
        }
        Ok(Self { units: sign * units, scale: u8::try_from(part.len()).expect("at most 18") })
    }
}

impl PartialSchema for Decimal {
    fn schema() -> RefOr<Schema> {
        let about = "Amount, exact to the minor unit of the accompanying currency.";
        ObjectBuilder::new().schema_type(Type::Number).description(Some(about)).examples([25.50]).into()
    }
}

impl ToSchema for Decimal {}

impl Serialize for Decimal {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string()).map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer)?.get().parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_plain_decimal_numbers_parse() {
        for text in ["0", "7", "-7", "25.50", "0.05", "-0.001", "999999999999999999", "0.00000000000000001"] {
            let read: Decimal = serde_json::from_str(text).unwrap();
            assert_eq!(read.to_string(), text);
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
        for refused in
            ["1e3", "1E3", "1.5e0", "\"1\"", "null", "true", "[1]", "1000000000000000000", "0.000000000000000001"]
        {
            assert!(serde_json::from_str::<Decimal>(refused).is_err(), "{refused}");
        }
        for refused in ["", "-", ".5", "5.", "007", "+1", "1.2.3", "--1", "1.-2", "١"] {
            assert_eq!(refused.parse::<Decimal>(), Err(MalformedDecimal), "{refused}");
        }
    }

    #[test]
    fn trailing_zeros_do_not_change_an_amount() {
        let yen: Currency = "JPY".parse().unwrap();
        for text in ["25.5", "25.50", "25.5000"] {
            assert_eq!(
                text.parse::<Decimal>().unwrap().in_currency(Currency::EUR),
                Ok(Money::new(2550, Currency::EUR))
            );
        }
        assert_eq!(Decimal::new(10000, 2).in_currency(yen), Ok(Money::new(100, yen)));
        let refused = Decimal::new(1005, 3).in_currency(Currency::EUR).unwrap_err();
        assert_eq!(refused.to_string(), "EUR has 2 decimals");
        assert_eq!(Decimal::new(i64::MAX, 0).in_currency(Currency::EUR), Err(MoneyError::Overflow));
    }

    #[test]
    fn it_deserializes_through_serde_path_to_error() {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "camelCase")]
        struct Body {
            total_amount: Decimal,
        }
        let read = |json| {
            serde_path_to_error::deserialize::<_, Body>(&mut serde_json::Deserializer::from_slice(json))
                .map_err(|error| error.path().to_string())
        };
        assert_eq!(read(br#"{"totalAmount": 25.50}"#).unwrap().total_amount, Decimal::new(2550, 2));
        assert_eq!(read(br#"{"totalAmount": "25.50"}"#).err().as_deref(), Some("totalAmount"));
    }

    #[test]
    fn the_smallest_number_is_formatted() {
        assert_eq!(Decimal::new(i64::MIN, 2).to_string(), "-92233720368547758.08");
    }

    proptest! {
        #[test]
        fn formatted_numbers_parse_back(units in -999_999_999_999_999_i64..=999_999_999_999_999, scale in 0_u8..=15) {
            let written = Decimal::new(units, scale);
            prop_assert_eq!(written.to_string().parse(), Ok(written));
        }
    }
}
