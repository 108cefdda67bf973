//! The section `gateway` of the settings. Sizes of a request and the time that a whole one may take are the chassis'.

mod fault;
mod origin;
mod rate;
mod route;

use std::{path::PathBuf, time::Duration};

use boxoffice_settings::Section;
use garde::Validate;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use fault::{Fault, FaultKind};
pub use origin::Origin;
pub use rate::{Rate, RateLimit};
pub use route::OfRoute;

/// By what requests are told apart when they are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CountedBy {
    /// The address of the client; an IPv6 address by its first 64 bits.
    #[default]
    Address,
    /// The subject of the token; the address when there is no good one.
    Token,
}

/// The header in which proxies that are trusted say for whom they ask. One of the two, because a proxy that writes one
/// hands on the other as the client made it up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ForwardedBy {
    /// A list of addresses.
    #[default]
    #[serde(rename = "x-forwarded-for")]
    XForwardedFor,
    /// RFC 7239.
    #[serde(rename = "forwarded")]
    Forwarded,
}

/// All of it.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct GatewaySettings {
    /// Whether organizers, venues, events and ticket types can be read without a token.
    pub open_catalogue: bool,
    /// Origins that may call the API from a browser (CORS), such as `https://tickets.example`; `*` for every origin.
    #[schema(value_type = Vec<String>)]
    pub cors_origins: Vec<Origin>,
    /// Rate limit of each client, such as `100/60s`: at most 10,000 requests, in a window of 1 s to 24 h; or `off`.
    #[schema(value_type = String)]
    pub rate_limit: RateLimit,
    /// Rate limits of single routes, which replace `rate_limit`, such as `POST /api/v1/bookings=10/60s` or
    /// `/api/v1/events/{id}=50/1s`.
    #[schema(value_type = Vec<String>)]
    pub rate_limits: Vec<OfRoute<Rate>>,
    /// Identity of a client for the rate limit: its `address`, or the subject of its `token` if that is valid.
    pub rate_limit_by: CountedBy,
    /// Networks of the proxies whose `forwarded_by` header is trusted, such as `10.0.0.0/8`.
    #[schema(value_type = Vec<String>)]
    pub trusted_proxies: Vec<IpNet>,
    /// The header with the address of the client that trusted proxies set: `x-forwarded-for` or `forwarded`.
    pub forwarded_by: ForwardedBy,
    /// Timeout for receiving the body of a request.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub body_time: Duration,
    /// Timeout of a request to a service. `Prefer: wait` extends it.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub time_limit: Duration,
    /// Timeouts of single routes, which replace `time_limit`, such as `GET /api/v1/events=500ms`.
    #[schema(value_type = Vec<String>)]
    pub time_limits: Vec<OfRoute<Duration>>,
    /// Maximum number of concurrent requests to each service, 1 to 1,000,000. Further ones are refused with 503 `busy`.
    #[garde(range(min = 1, max = 1_000_000))]
    pub concurrency: usize,
    /// Maximum number of concurrent requests to single routes, in addition to the limit of their service, such as
    /// `POST /api/v1/bookings=500`.
    #[schema(value_type = Vec<String>)]
    pub concurrency_limits: Vec<OfRoute<usize>>,
    /// Maximum number of attempts of a read request, 1 to 10.
    #[garde(range(min = 1, max = 10))]
    pub tries: u32,
    /// Retry delay before the second attempt. It doubles with each further one, and is reduced at random by up to 50 %.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub retry_wait: Duration,
    /// Number of latest calls of a service that its circuit breaker evaluates, 1 to 1,000.
    #[garde(range(min = 1, max = 1000))]
    pub breaker_window: usize,
    /// Minimum number of calls before the circuit breaker opens, 1 to 1,000.
    #[garde(range(min = 1, max = 1000))]
    pub breaker_calls: usize,
    /// Failure rate at which the circuit breaker opens, in percent, 1 to 100.
    #[garde(range(min = 1, max = 100))]
    pub breaker_failures: usize,
    /// Time for which the circuit breaker stays open.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub breaker_open: Duration,
    /// Number of trial calls that the half-open circuit breaker admits, 1 to 1,000.
    #[garde(range(min = 1, max = 1000))]
    pub breaker_half_open: usize,
    /// Fault injection into services, for tests and practice: `bookings=503:0.5`, `users=slow:2s`, `payments=refuse`. The
    /// suffix `@30s` ends a fault 30 s after the start. Logged as a warning at start.
    #[schema(value_type = Vec<String>)]
    pub fault: Vec<Fault>,
    /// A file of rules for paths of other APIs, or a folder whose `*.toml` files are read in the order of their names. They
    /// take precedence over the built-in rules. See docs/compatible-paths.md; `boxoffice rules check` validates them.
    #[schema(value_type = Option<String>, example = "rules.toml")]
    pub rules: Option<PathBuf>,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            open_catalogue: false,
            cors_origins: Vec::new(),
            rate_limit: RateLimit(None),
            rate_limits: Vec::new(),
            rate_limit_by: CountedBy::default(),
            trusted_proxies: Vec::new(),
            forwarded_by: ForwardedBy::default(),
            body_time: Duration::from_secs(10),
            time_limit: Duration::from_secs(3),
            time_limits: Vec::new(),
            concurrency: 10_000,
            concurrency_limits: Vec::new(),
            tries: 2,
            retry_wait: Duration::from_millis(50),
            breaker_window: 8,
            breaker_calls: 4,
            breaker_failures: 50,
            breaker_open: Duration::from_secs(5),
            breaker_half_open: 2,
            fault: Vec::new(),
            rules: None,
        }
    }
}

impl Section for GatewaySettings {
    const NAME: &'static str = "gateway";
}
