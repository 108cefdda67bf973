use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What stands for a customer's means of payment at the payment provider. It is no card number, but whoever has it may
/// charge with it: neither logs nor errors show it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "tok_ok")]
pub struct PaymentToken(String);

impl PaymentToken {
    /// The token itself, for the provider and for the store.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for PaymentToken {
    fn from(token: String) -> Self {
        Self(token)
    }
}

impl fmt::Debug for PaymentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PaymentToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_travels_but_is_not_shown() {
        let token = PaymentToken::from("tok_ok".to_owned());
        assert_eq!(serde_json::to_string(&token).unwrap(), r#""tok_ok""#);
        assert_eq!(serde_json::from_str::<PaymentToken>(r#""tok_ok""#).unwrap().reveal(), "tok_ok");
        assert_eq!(format!("{token:?}"), "PaymentToken(..)");
    }
}
