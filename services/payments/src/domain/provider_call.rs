use super::PaymentStatus;

/// A call to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderCall {
    /// Take the amount, or report what became of an earlier call to take it.
    Charge,
    /// Never take the amount, or report that it was taken.
    Cancel,
    /// Refund the captured amount.
    Refund,
}

/// When the provider is called next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextCall {
    /// The provider has nothing left to do.
    Never,
    /// The call is made without a delay.
    Now,
    /// After a retry delay, which grows with the number of calls that had no answer.
    AfterDelay,
}

impl ProviderCall {
    /// The call that is due for a payment with this status. An open payment is cancelled, never charged, once
    /// `is_cancelled`: its order has ended or its deadline has passed.
    pub const fn of(status: PaymentStatus, is_cancelled: bool) -> Self {
        match (status.is_open(), is_cancelled) {
            (true, true) => Self::Cancel,
            (true, false) => Self::Charge,
            (false, _) => Self::Refund,
        }
    }
}
