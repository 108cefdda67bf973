use std::fmt;

use serde::Deserialize;

/// A setting that is never printed. Its `Debug` shows three asterisks.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// What it is, for handing it to whoever asked for it.
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
        f.write_str("***")
    }
}

/// Whether `value` should not be shown: by its name, or because it is a URL with a user or password in it.
pub(super) fn is_likely(name: &str, value: &str) -> bool {
    ["secret", "password", "token", "key", "credential", "dsn"].iter().any(|word| name.contains(word))
        || value.contains("://") && value.contains('@')
}
