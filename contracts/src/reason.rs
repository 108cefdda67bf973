crate::string_enum::string_enum! {
    /// Why a booking or an order ended without tickets.
    Reason {
        /// The payment provider declined the charge.
        Declined = "declined",
        /// Fewer seats are available than requested.
        SoldOut = "sold-out",
        /// The payment deadline passed.
        Expired = "expired",
        /// A person cancelled it.
        Cancelled = "cancelled",
        /// The price that the customer expected is not the current price.
        PriceChanged = "price-changed",
        /// A ticket type is not on sale: closed, cancelled, deleted or unknown.
        Unavailable = "unavailable",
    }
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    use super::*;

    #[test]
    fn json_text_and_schema_use_one_string_form() {
        let schema = serde_json::to_value(Reason::schema()).unwrap();
        assert_eq!(schema["enum"], serde_json::to_value(Reason::VALUES).unwrap());
        for value in Reason::VALUES {
            let reason: Reason = value.parse().unwrap();
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("\"{value}\""));
            assert_eq!(reason.to_string(), *value);
        }
        let refused = "sold_out".parse::<Reason>().unwrap_err();
        assert!(refused.to_string().starts_with("expected one of declined, sold-out"), "{refused}");
    }
}
