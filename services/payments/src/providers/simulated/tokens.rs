use serde::{Deserialize, Serialize};

/// A test token. Each makes the provider behave in its own way, for ever the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TestToken {
    /// Captures.
    #[serde(rename = "tok_ok")]
    Ok,
    /// Declines.
    #[serde(rename = "tok_declined")]
    Declined,
    /// Captures, and answers late.
    #[serde(rename = "tok_slow")]
    Slow,
    /// Never answers.
    #[serde(rename = "tok_silent")]
    Silent,
    /// Captures, and answers when it is asked again.
    #[serde(rename = "tok_silent_then_ok")]
    SilentThenOk,
    /// Declines, and answers when it is asked again.
    #[serde(rename = "tok_silent_then_declined")]
    SilentThenDeclined,
}

impl TestToken {
    /// All that there are.
    pub const ALL: &[Self] =
        &[Self::Ok, Self::Declined, Self::Slow, Self::Silent, Self::SilentThenOk, Self::SilentThenDeclined];

    /// The token of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|token| token.name() == name)
    }

    /// As a customer sends it.
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
    fn every_token_has_its_line_in_the_table_and_its_name_in_the_books() {
        let table = include_str!("tokens.md");
        assert_eq!(table.lines().count(), TestToken::ALL.len() + 2);
        for token in TestToken::ALL {
            assert!(table.contains(&format!("\n| `{}` |", token.name())), "{}", token.name());
            assert_eq!(boxoffice_database::to_value(token), boxoffice_database::Value::Text(token.name().into()));
        }
        assert_eq!(TestToken::of("tok_ko"), None);
    }
}
