use serde::{Deserialize, Serialize};

/// A test token, which decides how the simulated provider behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TestToken {
    /// The provider captures the amount.
    #[serde(rename = "tok_ok")]
    Ok,
    /// The provider declines the charge.
    #[serde(rename = "tok_declined")]
    Declined,
    /// The provider captures the amount and answers late.
    #[serde(rename = "tok_slow")]
    Slow,
    /// The provider never answers.
    #[serde(rename = "tok_silent")]
    Silent,
    /// The provider captures the amount, does not answer the first call, and answers a repeated one.
    #[serde(rename = "tok_silent_then_ok")]
    SilentThenOk,
    /// The provider declines the charge, does not answer the first call, and answers a repeated one.
    #[serde(rename = "tok_silent_then_declined")]
    SilentThenDeclined,
}

impl TestToken {
    /// All test tokens, in the order of the documentation.
    pub const ALL: &[Self] =
        &[Self::Ok, Self::Declined, Self::Slow, Self::Silent, Self::SilentThenOk, Self::SilentThenDeclined];

    /// The token with this name; `None` for a name that the provider does not know.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|token| token.name() == name)
    }

    /// The name, as a customer sends it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "tok_ok",
            Self::Declined => "tok_declined",
            Self::Slow => "tok_slow",
            Self::Silent => "tok_silent",
            Self::SilentThenOk => "tok_silent_then_ok",
            Self::SilentThenDeclined => "tok_silent_then_declined",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_documented_and_stored_under_its_name() {
        let table = include_str!("tokens.md");
        assert_eq!(table.lines().count(), TestToken::ALL.len() + 2);
        for token in TestToken::ALL {
            assert!(table.contains(&format!("\n| `{}` |", token.name())), "{}", token.name());
            assert_eq!(boxoffice_database::to_value(token), boxoffice_database::Value::Text(token.name().into()));
        }
        assert_eq!(TestToken::of("tok_ko"), None);
    }
}
