use std::time::Duration;

use boxoffice_settings::Section;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::providers::{self, Fault};

/// Settings of the section `payments`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct PaymentsSettings {
    /// URL of the payment provider. The known URL is `simulated:`.
    #[garde(custom(known_provider))]
    pub provider: String,
    /// Timeout of one call to the provider. After it the outcome is unknown, and payments repeats the call.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub timeout: Duration,
    /// Time from the intent until payments cancels a payment that has no outcome.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub deadline: Duration,
    /// Retry delay after the first call without an answer. It doubles with each further one.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub first_retry_delay: Duration,
    /// Longest retry delay between two calls.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub max_retry_delay: Duration,
    /// Maximum number of concurrent calls to the provider, 4 to 1024.
    #[garde(range(min = 4, max = 1024))]
    pub max_concurrent_calls: usize,
    /// Delay of a slow answer of the simulated provider.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub simulated_delay: Duration,
    /// Fault injection into every call to the provider, for tests and practice: `off`; `silent`, the call has no answer;
    /// `error`, the call is answered with an error; `slow`, the call reaches the provider late. Logged as a warning at
    /// start.
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
            first_retry_delay: Duration::from_millis(500),
            max_retry_delay: Duration::from_secs(30),
            max_concurrent_calls: 512,
            simulated_delay: Duration::from_secs(2),
            fault: Fault::Off,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "garde passes the context by reference")]
fn known_provider(url: &str, _: &()) -> garde::Result {
    providers::kind_of(url).map(drop).map_err(garde::Error::new)
}
