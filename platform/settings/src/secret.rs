use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};
use utoipa::{PartialSchema, ToSchema, openapi};

use boxoffice_text::SECRET;

/// The text that replaces a secret in output.
pub(super) const HIDDEN: &str = "***";

/// A setting that is never printed: `Debug` and `Serialize` write `***`. It may be stored in a file of its own.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, for passing it to the component that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.0.is_empty() { "" } else { HIDDEN })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(SECRET, Text)
    }
}

struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, text: D) -> Result<Secret, D::Error> {
        String::deserialize(text).map(Secret)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Secret, E> {
        Ok(Secret(text.to_owned()))
    }
}

impl PartialSchema for Secret {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        String::schema()
    }
}

impl ToSchema for Secret {
    fn name() -> Cow<'static, str> {
        "Secret".into()
    }
}

/// Whether `value` must be hidden: because of its name, or because it is a URL with a user or a password.
pub(super) fn is_sensitive(name: &str, value: &str) -> bool {
    ["secret", "password", "token", "key", "credential", "dsn"].iter().any(|word| name.contains(word))
        || value.contains("://") && value.contains('@')
}
