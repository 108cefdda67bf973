use std::time::Duration;

use boxoffice_settings::Section;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::Pace;

/// The schemes that a provider's URL may have.
pub(crate) const SCHEMES: &str = "simulated:";

/// What goes wrong in every call to the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct PaymentsSettings {
    /// The URL of the payment provider. `simulated:` is the only one.
    #[garde(custom(known))]
    pub provider: String,
    /// How long one call to the provider may take; after that its outcome is not known, and it is made again.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub timeout: Duration,
    /// How long after its intent a payment may stay without an outcome, before it is called off at the
    /// provider.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub deadline: Duration,
    /// The wait after the first call that was not answered; doubled with each further one.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub first_wait: Duration,
    /// The longest wait between two calls.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub longest_wait: Duration,
    /// Calls under way at once, 4 to 1024.
    #[garde(range(min = 4, max = 1024))]
    pub calls: usize,
    /// How long the simulated provider takes for a slow answer.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub simulated_slow: Duration,
    /// What goes wrong in every call to the provider, for tests and for practice: `off`; `silent`, the call is never
    /// answered; `error`, it is answered with an error; `slow`, it reaches the provider late. Said loudly at start.
    pub fault: Fault,
}

impl Section for PaymentsSettings {
    const NAME: &'static str = "payments";
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as the rule's caller has it")]
fn known(url: &str, _: &()) -> garde::Result {
    if url == SCHEMES { Ok(()) } else { Err(garde::Error::new(format!("expected {SCHEMES}"))) }
}
