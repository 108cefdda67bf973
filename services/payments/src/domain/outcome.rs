/// The outcome of a charge, as the provider reports it. A provider reports the same outcome for every repeated call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentOutcome {
    /// The provider took the amount.
    Captured {
        /// The provider's id of the charge.
        reference: String,
    },
    /// The provider refused to take the amount.
    Declined,
    /// The provider cancelled the charge: it took nothing and will never take anything under this key.
    Cancelled,
}

/// The outcome of a refund, as the provider reports it. A provider reports the same outcome for every repeated call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundOutcome {
    /// The provider gave the amount back.
    Done {
        /// The provider's id of the refund.
        reference: String,
    },
    /// The provider refused the refund permanently; an operator has to decide.
    Failed,
}
