//! The section `gateway` of the settings.

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

/// The identity by which rate limits count requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CountedBy {
    /// The address of the client; an IPv6 address by its first 64 bits.
    #[default]
    Address,
    /// The subject of the token; the address for requests without a valid token.
    Token,
}

/// The header in which trusted proxies name the client. Only one is used, because a proxy that writes one of them passes the
/// other on from the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ForwardedBy {
    /// A comma-separated list of addresses.
    #[default]
    #[serde(rename = "x-forwarded-for")]
    XForwardedFor,
    /// The header of RFC 7239.
    #[serde(rename = "forwarded")]
    Forwarded,
}

/// Settings of the section `gateway`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct GatewaySettings {
    /// Whether organizers, venues, events and ticket types can be read without a token.
    pub open_catalogue: bool,
    /// Origins whose pages may call the API from a browser, such as `https://tickets.example`; `*` for any origin.
    #[schema(value_type = Vec<String>)]
    pub cors_origins: Vec<Origin>,
    /// Maximum number of requests of each client in a sliding window, such as `100/60s`: up to 10,000 requests in 1 s to 24 h;
    /// or `off`.
    #[schema(value_type = String)]
    pub rate_limit: RateLimit,
    /// Rate limits of single routes, which replace the general limit, such as `POST /api/v1/bookings=10/60s` or
    /// `/api/v1/events/{id}=50/1s`.
    #[schema(value_type = Vec<String>)]
    pub rate_limits: Vec<OfRoute<Rate>>,
    /// How rate limits identify a client: by `address`, or by the subject of a valid `token`.
    pub rate_limit_by: CountedBy,
    /// Networks of trusted proxies, whose header names the client, such as `10.0.0.0/8`.
    #[schema(value_type = Vec<String>)]
    pub trusted_proxies: Vec<IpNet>,
    /// Header in which trusted proxies name the client: `x-forwarded-for` or `forwarded`.
    pub forwarded_by: ForwardedBy,
    /// Timeout for receiving the body of a request.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub body_timeout: Duration,
    /// Time limit for the response of a service, in addition to the time of `Prefer: wait`.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub time_limit: Duration,
    /// Time limits of single routes, which replace the general limit, such as `GET /api/v1/events=500ms`.
    #[schema(value_type = Vec<String>)]
    pub time_limits: Vec<OfRoute<Duration>>,
    /// Maximum number of concurrent requests to each service, up to 1,000,000. Further requests are refused with 503 `busy`.
    #[garde(range(min = 1, max = 1_000_000))]
    pub concurrency: usize,
    /// Maximum number of concurrent requests to single routes, in addition to the limit of their service, such as
    /// `POST /api/v1/bookings=500`.
    #[schema(value_type = Vec<String>)]
    pub concurrency_limits: Vec<OfRoute<usize>>,
    /// Maximum number of attempts of a safe request that gets no response, 1 to 10.
    #[garde(range(min = 1, max = 10))]
    pub max_attempts: u32,
    /// Delay before the second attempt. It doubles with each further one and is jittered over its upper half.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub retry_delay: Duration,
    /// Number of latest calls of a service that its circuit breaker evaluates, up to 1,000.
    #[garde(range(min = 1, max = 1000))]
    pub breaker_window: usize,
    /// Minimum number of calls in the window before the circuit breaker opens.
    #[garde(range(min = 1, max = 1000))]
    pub breaker_calls: usize,
    /// Failure rate in percent at which the circuit breaker opens, 1 to 100.
    #[garde(range(min = 1, max = 100))]
    pub breaker_failures: usize,
    /// Time for which the circuit breaker stays open.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub breaker_open: Duration,
    /// Number of trial calls of a half-open circuit breaker.
    #[garde(range(min = 1, max = 1000))]
    pub breaker_half_open: usize,
    /// Fault injection into calls to services, for tests and practice: `bookings=503:0.5`, `users=slow:2s`,
    /// `payments=refuse`. The suffix `@30s` ends a fault 30 s after the start. Logged as a warning at start.
    #[schema(value_type = Vec<String>)]
    pub fault: Vec<Fault>,
    /// A rule file, or a folder with rule files `*.toml`, read in the order of their names. Rules add compatible paths or
    /// replace built-in ones; see docs/compatible-paths.md. `boxoffice rules check` validates them.
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
            body_timeout: Duration::from_secs(10),
            time_limit: Duration::from_secs(3),
            time_limits: Vec::new(),
            concurrency: 10_000,
            concurrency_limits: Vec::new(),
            max_attempts: 2,
            retry_delay: Duration::from_millis(50),
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
