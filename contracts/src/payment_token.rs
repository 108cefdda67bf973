use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The payment provider's token for a customer's payment method. It is not a card number, but it allows charges:
/// `Debug` hides it, and it has no `Display`, so that neither logs nor errors contain it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "tok_ok")]
pub struct PaymentToken(String);

impl PaymentToken {
    /// The token in plain text, for requests to the provider and for the database.
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
    fn it_is_serialized_but_hidden_in_debug_output() {
        let token = PaymentToken::from("tok_ok".to_owned());
        assert_eq!(serde_json::to_string(&token).unwrap(), r#""tok_ok""#);
        assert_eq!(serde_json::from_str::<PaymentToken>(r#""tok_ok""#).unwrap().reveal(), "tok_ok");
        assert_eq!(format!("{token:?}"), "PaymentToken(..)");
    }
}
