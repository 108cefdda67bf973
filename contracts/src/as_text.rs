//! `#[serde(with = "as_text")]` serializes a value as a JSON string by its `Display` and deserializes it by its `FromStr`.
//!
//! Events serialize every id this way, numbers included: consumers need not know which ids are numbers, and parsers that
//! read numbers as floats lose no digits.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Serializes `value` as a JSON string.
///
/// # Errors
/// Errors of the serializer.
pub fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Deserializes a JSON string.
///
/// # Errors
/// Fails when the JSON value is not a string, or `T` cannot be parsed from it.
pub fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// The same for an optional field:
/// `#[serde(with = "as_text::optional", default, skip_serializing_if = "Option::is_none")]`.
pub mod optional {
    use super::*;

    /// Serializes a JSON string, or `null` for `None`.
    ///
    /// # Errors
    /// Errors of the serializer.
    pub fn serialize<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    /// Deserializes a JSON string, or `null` as `None`.
    ///
    /// # Errors
    /// Fails when the JSON value is neither, or `T` cannot be parsed from the string.
    pub fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use crate::UserId;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Example {
        #[serde(with = "super")]
        by: UserId,
        #[serde(with = "super::optional", default, skip_serializing_if = "Option::is_none")]
        with: Option<UserId>,
    }

    #[test]
    fn numbers_are_serialized_as_strings() {
        let alone = Example { by: UserId::from(7), with: None };
        assert_eq!(serde_json::to_string(&alone).unwrap(), r#"{"by":"7"}"#);
        assert_eq!(serde_json::from_str::<Example>(r#"{"by":"7"}"#).unwrap(), alone);
        let both = Example { by: UserId::from(7), with: Some(UserId::from(8)) };
        let json = r#"{"by":"7","with":"8"}"#;
        assert_eq!(serde_json::to_string(&both).unwrap(), json);
        assert_eq!(serde_json::from_str::<Example>(json).unwrap(), both);
        assert!(serde_json::from_str::<Example>(r#"{"by":7}"#).is_err());
        assert!(serde_json::from_str::<Example>(r#"{"by":"0"}"#).is_err());
    }
}
