//! `#[serde(with = "as_text")]`: a value written as a JSON string by its `Display` and read from one by its `FromStr`.
//!
//! Events write every id so, numbers too: their readers need not know which ids are numbers, and a reader whose
//! numbers are floats loses no digit.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Writes `value` as a JSON string.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Reads a JSON string.
///
/// # Errors
/// When it is no string, or not one that `T` can be read from.
pub fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// `#[serde(with = "as_text::optional", default, skip_serializing_if = "Option::is_none")]`: the same for a value that
/// may be absent.
pub mod optional {
    use super::*;

    /// Writes a JSON string or `null`.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a JSON string or `null`.
    ///
    /// # Errors
    /// When it is neither, or not one that `T` can be read from.
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
    struct Seen {
        #[serde(with = "super")]
        by: UserId,
        #[serde(with = "super::optional", default, skip_serializing_if = "Option::is_none")]
        with: Option<UserId>,
    }

    #[test]
    fn numbers_are_strings() {
        let alone = Seen { by: UserId::from(7), with: None };
        assert_eq!(serde_json::to_string(&alone).unwrap(), r#"{"by":"7"}"#);
        assert_eq!(serde_json::from_str::<Seen>(r#"{"by":"7"}"#).unwrap(), alone);
        let both = Seen { by: UserId::from(7), with: Some(UserId::from(8)) };
        let json = r#"{"by":"7","with":"8"}"#;
        assert_eq!(serde_json::to_string(&both).unwrap(), json);
        assert_eq!(serde_json::from_str::<Seen>(json).unwrap(), both);
        assert!(serde_json::from_str::<Seen>(r#"{"by":7}"#).is_err());
        assert!(serde_json::from_str::<Seen>(r#"{"by":"0"}"#).is_err());
    }
}
