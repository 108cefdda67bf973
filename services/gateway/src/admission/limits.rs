//! How many requests a client may send: a sliding window, exact to the microsecond.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method},
};
use boxoffice_clock::{Clock, Timestamp};
use boxoffice_http::{Problem, codes};
use boxoffice_identity::Verifier;
use moka::{policy::EvictionPolicy, sync::Cache};
use parking_lot::Mutex;

use super::{
    address::{Trust, network},
    log::{Count, Log},
    policies::{Policies, Policy},
};
use crate::{
    GatewayError,
    config::{CountedBy, GatewaySettings, Rate},
    routes::bearer,
};

/// What all logs together may take, in bytes.
const MEMORY: u64 = 64 * 1024 * 1024;
/// What one log takes besides the times in it, at most, in bytes.
const BESIDES: u64 = 512;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// All limits, with what each client has sent.
pub(crate) struct Limits {
    policies: Policies,
    by: CountedBy,
    trust: Trust,
    verifier: Verifier,
    clock: Clock,
    /// Only the log of one client is locked at a time. When there are too many, the one that was not looked at for the
    /// longest is forgotten.
    logs: Cache<(usize, Client), Arc<Mutex<Log>>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Client {
    At(IpAddr),
    Bearing(Arc<str>),
}

/// How a client stands to the limit of what it asked for.
pub(crate) struct Standing {
    policy: Arc<Policy>,
    count: Count,
    now: Timestamp,
}

impl Limits {
    /// As the settings say; none when they set no limit.
    ///
    /// # Errors
    /// When a route cannot be told from another, or has two limits.
    pub fn new(settings: &GatewaySettings, verifier: Verifier, clock: Clock) -> Result<Option<Self>, GatewayError> {
        let Some(policies) = Policies::of(settings)? else { return Ok(None) };
        let rates = settings.rate_limits.iter().map(|route| route.value).chain(settings.rate_limit.0);
        let longest = rates.map(|rate| u64::from(rate.limit)).max().unwrap_or_default();
        // A queue that grows has up to twice the room that it needs.
        let most = MEMORY / (BESIDES + longest * 2 * size_of::<Timestamp>() as u64);
        Ok(Some(Self {
            policies,
            by: settings.rate_limit_by,
            trust: Trust { proxies: settings.trusted_proxies.clone(), header: settings.forwarded_by },
            verifier,
            clock,
            logs: Cache::builder().max_capacity(most).eviction_policy(EvictionPolicy::lru()).build(),
        }))
    }

    /// Counts a request; `None` when nothing limits it. One that stands for a canonical request is limited as that one
    /// is, unless its own path has a limit.
    pub fn take(&self, request: &Request, canonical: Option<(&Method, &str)>) -> Option<Standing> {
        let policy = self.policies.find(request.method(), request.uri().path(), canonical)?;
        let key = (policy.number, self.client(request));
        let log = self.logs.get_with(key, Arc::default);
        let mut log = log.lock();
        // Asked for behind the lock, so that the times in a log stand in their order.
        let now = self.clock.now();
        let count = log.take(policy.rate, now);
        Some(Standing { policy: policy.clone(), count, now })
    }

    fn client(&self, request: &Request) -> Client {
        let by_token = (self.by == CountedBy::Token).then(|| bearer(request.headers()).ok()).flatten();
        match by_token.and_then(|token| self.verifier.verify(token).ok()) {
            Some(principal) => Client::Bearing(principal.subject.as_str().into()),
            None => Client::At(network(self.trust.client(request))),
        }
    }
}

impl Standing {
    /// The refusal of a request that is one too many.
    pub fn refusal(&self) -> Option<Problem> {
        let Rate { limit, window } = self.policy.rate;
        self.count.refused.then(|| {
            let detail = format!("no more than {limit} requests in {} seconds", window.as_secs());
            Problem::new(&codes::TOO_MANY_REQUESTS, detail).with_retry_after(self.count.until)
        })
    }

    /// Says how the client stands: `RateLimit` and `RateLimit-Policy` as the IETF's draft of RateLimit header fields for
    /// HTTP has them (structured fields), and the `X-RateLimit` headers that came before them, of which `Reset` is in
    /// seconds since 1970.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let Self { policy, count, now } = self;
        let reset = whole_seconds(count.until);
        let says = format!("\"{}\";r={};t={reset}", policy.name, count.remaining);
        headers.insert(RATE_LIMIT, HeaderValue::try_from(says).expect("names of limits are visible ASCII"));
        headers.insert(RATE_LIMIT_POLICY, policy.says.clone());
        headers.insert(LIMIT, policy.rate.limit.into());
        headers.insert(REMAINING, count.remaining.into());
        headers.insert(RESET, now.plus(Duration::from_secs(reset)).seconds().into());
    }
}

fn whole_seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}
