//! Rate limits for each client: a sliding window, exact to the microsecond.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method},
};
use boxoffice_clock::{Clock, Timestamp};
use boxoffice_http::{Problem, codes, extract::bearer_token};
use boxoffice_identity::Verifier;
use moka::{policy::EvictionPolicy, sync::Cache};
use parking_lot::Mutex;

use super::{
    client_address::{Trust, network},
    policies::{Policies, Policy},
    sliding_window::{Count, SlidingWindow},
};
use crate::{
    GatewayError,
    config::{CountedBy, GatewaySettings, Rate},
};

/// Memory limit of all windows together, in bytes.
const MEMORY: u64 = 64 * 1024 * 1024;
/// Maximum memory of one window besides its times, in bytes.
const BESIDES: u64 = 512;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// All rate limits, with the recent requests of each client.
pub(crate) struct Limits {
    policies: Policies,
    by: CountedBy,
    trust: Trust,
    verifier: Verifier,
    clock: Clock,
    /// Each window has its own lock. The cache evicts the least recently used window when it is full.
    windows: Cache<(usize, Client), Arc<Mutex<SlidingWindow>>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Client {
    At(IpAddr),
    Bearing(Arc<str>),
}

/// Result of counting one request against its limit.
pub(crate) struct RateLimitStatus {
    policy: Arc<Policy>,
    count: Count,
    now: Timestamp,
}

impl Limits {
    /// Builds the limits from the settings; `None` when no limit is set.
    ///
    /// # Errors
    /// A route that conflicts with another one or has two limits.
    pub fn new(settings: &GatewaySettings, verifier: Verifier, clock: Clock) -> Result<Option<Self>, GatewayError> {
        let Some(policies) = Policies::of(settings)? else { return Ok(None) };
        let rates = settings.rate_limits.iter().map(|route| route.value).chain(settings.rate_limit.0);
        let longest = rates.map(|rate| u64::from(rate.limit)).max().unwrap_or_default();
        // A growing queue may allocate twice the memory that it needs.
        let most = MEMORY / (BESIDES + longest * 2 * size_of::<Timestamp>() as u64);
        Ok(Some(Self {
            policies,
            by: settings.rate_limit_by,
            trust: Trust { proxies: settings.trusted_proxies.clone(), header: settings.forwarded_by },
            verifier,
            clock,
            windows: Cache::builder().max_capacity(most).eviction_policy(EvictionPolicy::lru()).build(),
        }))
    }

    /// Counts a request; `None` when it has no limit. A request to a compatible path has the limit of its canonical route,
    /// unless the path itself has a limit.
    pub fn take(&self, request: &Request, canonical: Option<(&Method, &str)>) -> Option<RateLimitStatus> {
        let policy = self.policies.find(request.method(), request.uri().path(), canonical)?;
        let key = (policy.number, self.client(request));
        let window = self.windows.get_with(key, Arc::default);
        let mut window = window.lock();
        // The time is read under the lock, so that the times in a window are in order.
        let now = self.clock.now();
        let count = window.take(policy.rate, now);
        Some(RateLimitStatus { policy: policy.clone(), count, now })
    }

    fn client(&self, request: &Request) -> Client {
        let by_token = (self.by == CountedBy::Token).then(|| bearer_token(request.headers()).ok()).flatten();
        match by_token.and_then(|token| self.verifier.verify(token).ok()) {
            Some(principal) => Client::Bearing(principal.subject.as_str().into()),
            None => Client::At(network(self.trust.client(request))),
        }
    }
}

impl RateLimitStatus {
    /// The problem for a request beyond the limit; `None` within it.
    pub fn refusal(&self) -> Option<Problem> {
        let Rate { limit, window } = self.policy.rate;
        self.count.refused.then(|| {
            let detail = format!("no more than {limit} requests in {} seconds", window.as_secs());
            Problem::new(&codes::TOO_MANY_REQUESTS, detail).with_retry_after(self.count.until)
        })
    }

    /// Adds the rate limit headers to a response: `RateLimit` and `RateLimit-Policy` of the IETF draft "RateLimit header
    /// fields for HTTP", and the older `X-RateLimit-*`, whose `Reset` is in seconds since 1970.
    pub fn insert_headers(&self, headers: &mut HeaderMap) {
        let Self { policy, count, now } = self;
        let reset = whole_seconds(count.until);
        let rate_limit = format!("\"{}\";r={};t={reset}", policy.name, count.remaining);
        headers.insert(RATE_LIMIT, HeaderValue::try_from(rate_limit).expect("names of limits are visible ASCII"));
        headers.insert(RATE_LIMIT_POLICY, policy.header.clone());
        headers.insert(LIMIT, policy.rate.limit.into());
        headers.insert(REMAINING, count.remaining.into());
        headers.insert(RESET, now.plus(Duration::from_secs(reset)).seconds().into());
    }
}

fn whole_seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}
