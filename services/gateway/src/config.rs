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
    /// Whether the catalogue (organizers, venues, events and ticket types) may be read without a token.
    pub open_catalogue: bool,
    /// Origins whose pages may call the API from a browser, such as `https://shop.example`; `*` for every page.
    #[schema(value_type = Vec<String>)]
    pub cors_origins: Vec<Origin>,
    /// How many requests each client may send in which time, such as `100/60s`: up to 10,000, in
    /// 1 s to 24 h; or `off`.
    #[schema(value_type = String)]
    pub rate_limit: RateLimit,
    /// Limits of single routes in place of the general one, such as `POST /api/v1/bookings=10/60s` or
    /// `/api/v1/events/{id}=50/1s`.
    #[schema(value_type = Vec<String>)]
    pub rate_limits: Vec<OfRoute<Rate>>,
    /// What a client is: its `address`, or the subject of its `token` when that is good.
    pub rate_limit_by: CountedBy,
    /// Networks of proxies that are believed when they say for whom they ask, such as `10.0.0.0/8`.
    #[schema(value_type = Vec<String>)]
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which they say it: `x-forwarded-for` or `forwarded`.
    pub forwarded_by: ForwardedBy,
    /// How long the body of a request may take to arrive.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub body_time: Duration,
    /// How long a service may take to answer, besides what `Prefer: wait` asks for.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub time_limit: Duration,
    /// Times of single routes in place of the general one, such as `GET /api/v1/events=500ms`.
    #[schema(value_type = Vec<String>)]
    pub time_limits: Vec<OfRoute<Duration>>,
    /// Requests under way at once in each service; one more is refused with 503 `busy`.
    #[garde(range(min = 1, max = 1_000_000))]
    pub concurrency: usize,
    /// Requests under way at once in single routes, besides the limit of their service, such as
    /// `POST /api/v1/bookings=500`.
    #[schema(value_type = Vec<String>)]
    pub concurrency_limits: Vec<OfRoute<usize>>,
    /// How often a request that only reads is sent at most when it is not answered, 1 to 10.
    #[garde(range(min = 1, max = 10))]
    pub tries: u32,
    /// The wait before the second try; doubled with each further one, and spread over its upper half by chance.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub retry_wait: Duration,
    /// How many of the last calls of a service its circuit breaker looks at, up to 1,000.
    #[garde(range(min = 1, max = 1000))]
    pub breaker_window: usize,
    /// How many calls it must have seen before it opens.
    #[garde(range(min = 1, max = 1000))]
    pub breaker_calls: usize,
    /// At how many failures in a hundred it opens.
    #[garde(range(min = 1, max = 100))]
    pub breaker_failures: usize,
    /// How long it stays open.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub breaker_open: Duration,
    /// How many calls are let through after that, to see whether the service is back.
    #[garde(range(min = 1, max = 1000))]
    pub breaker_half_open: usize,
    /// Services that are made to fail, for tests and for practice: `bookings=503:0.5`, `users=slow:2s`,
    /// `payments=refuse`; `@30s` behind one ends it 30 s after the start. Said loudly at start.
    #[schema(value_type = Vec<String>)]
    pub fault: Vec<Fault>,
    /// A file of rules, or a folder whose files `*.toml` are read in the order of their names: further paths, and others in
    /// place of those built in. See docs/compatible-paths.md; `boxoffice rules check` tries them.
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
