use std::{sync::Arc, time::Duration};

use boxoffice_clock::Timestamp;
use parking_lot::Mutex;

use crate::{Issuer, Scopes};

/// Lifetime of a token.
const LIFETIME: Duration = Duration::from_secs(3600);
/// Age at which a token is renewed: half of its lifetime, so that a token is valid for at least this long when it is used.
const RENEW_AFTER: Duration = Duration::from_secs(1800);

/// A self-renewing token with which a service authenticates to other services. Cheap to clone; clones share the token.
#[derive(Clone)]
pub struct Credential(Arc<Inner>);

struct Inner {
    issuer: Issuer,
    subject: String,
    scopes: Scopes,
    current: Mutex<Current>,
}

struct Current {
    token: Arc<str>,
    issued_at: Timestamp,
    /// Number of key changes of the issuer before the token was signed.
    changes: u64,
}

impl Credential {
    pub(crate) fn new(issuer: Issuer, subject: String, scopes: Scopes) -> Self {
        let current = Mutex::new(issue(&issuer, &subject, scopes));
        Self(Arc::new(Inner { issuer, subject, scopes, current }))
    }

    /// A token that is valid for at least 30 minutes, without the prefix `Bearer`.
    pub fn bearer(&self) -> Arc<str> {
        let mut current = self.0.current.lock();
        let is_old = self.0.issuer.clock().now().since(current.issued_at) >= RENEW_AFTER;
        if is_old || self.0.issuer.changes() != current.changes {
            *current = issue(&self.0.issuer, &self.0.subject, self.0.scopes);
        }
        current.token.clone()
    }
}

fn issue(issuer: &Issuer, subject: &str, scopes: Scopes) -> Current {
    // Read before signing: after a key change in between, the next call renews the token.
    let (issued_at, changes) = (issuer.clock().now(), issuer.changes());
    Current { token: issuer.token(subject, scopes, LIFETIME).into(), issued_at, changes }
}
