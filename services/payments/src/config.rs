use std::time::Duration;

use garde::Validate;
use serde::Deserialize;

use crate::domain::Pace;

/// What goes wrong in every call to the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// Nothing.
    #[default]
    Off,
    /// The call does not reach the provider and is never answered.
    Silent,
    /// The call does not reach the provider and is answered with an error.
    Error,
    /// The call reaches the provider late.
    Slow,
}

/// Settings of the section `payments`.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct PaymentsSettings {
    /// The URL of the payment provider.
    pub provider: String,
    /// How long one call to the provider may take; after that the outcome is not known.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    /// How long after its intent a payment may stay without an outcome before it is called off.
    #[serde(with = "humantime_serde")]
    pub deadline: Duration,
    /// The wait after the first call that was not answered; doubled with each further one.
    #[serde(with = "humantime_serde")]
    pub first_wait: Duration,
    /// The longest wait between two calls.
    #[serde(with = "humantime_serde")]
    pub longest_wait: Duration,
    /// Calls under way at once.
    #[garde(range(min = 4, max = 1024))]
    pub calls: usize,
    /// How long the simulated provider takes for a slow answer.
    #[serde(with = "humantime_serde")]
    pub simulated_slow: Duration,
    /// For tests and for practice.
    pub fault: Fault,
}

impl Default for PaymentsSettings {
    fn default() -> Self {
        Self {
            provider: "simulated:".into(),
            timeout: Duration::from_secs(3),
            deadline: Duration::from_secs(900),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            calls: 512,
            simulated_slow: Duration::from_secs(2),
            fault: Fault::Off,
        }
    }
}

impl PaymentsSettings {
    pub(crate) fn pace(&self) -> Pace {
        Pace { first_wait: self.first_wait, longest_wait: self.longest_wait, deadline: self.deadline }
    }
}
