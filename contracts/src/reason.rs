crate::words::words! {
    /// Why a booking or an order ended without tickets.
    Reason {
        /// The payment provider said no.
        Declined = "declined",
        /// Fewer places are left than were asked for.
        SoldOut = "sold-out",
        /// Nobody paid in time.
        Expired = "expired",
        /// A person wanted it so.
        Cancelled = "cancelled",
        /// The customer named another price than ours.
        PriceChanged = "price-changed",
        /// What was ordered is not for sale: closed, cancelled, deleted or unknown.
        Unavailable = "unavailable",
    }
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    use super::*;

    #[test]
    fn one_word_in_json_in_text_and_in_the_documentation() {
        let schema = serde_json::to_value(Reason::schema()).unwrap();
        assert_eq!(schema["enum"], serde_json::to_value(Reason::WORDS).unwrap());
        for word in Reason::WORDS {
            let reason: Reason = word.parse().unwrap();
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("\"{word}\""));
            assert_eq!(reason.to_string(), *word);
        }
        let refused = "sold_out".parse::<Reason>().unwrap_err();
        assert!(refused.to_string().starts_with("expected one of declined, sold-out"), "{refused}");
    }
}
