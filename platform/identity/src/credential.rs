use std::{sync::Arc, time::Duration};

use boxoffice_clock::Timestamp;
use parking_lot::Mutex;

use crate::{Issuer, Scopes};

/// Lifetime of the token.
const LIFE: Duration = Duration::from_secs(3600);
/// Age at which the token is renewed, so that a token is valid for at least as long again when it is handed out.
const RENEWED_AFTER: Duration = Duration::from_secs(1800);

/// The token that a service sends to other services, renewed automatically. Cheap to clone; clones share the token.
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
    /// Number of changes of the keys before the token was issued.
    changes: u64,
}

impl Credential {
    pub(crate) fn new(issuer: Issuer, subject: String, scopes: Scopes) -> Self {
        let current = Mutex::new(issue(&issuer, &subject, scopes));
        Self(Arc::new(Inner { issuer, subject, scopes, current }))
    }

    /// A token that is valid for at least 30 minutes, without the prefix `Bearer`. Issues a new one at half its lifetime and
    /// after a change of the keys.
    pub fn bearer(&self) -> Arc<str> {
        let mut current = self.0.current.lock();
        let is_old = self.0.issuer.clock().now().since(current.issued_at) >= RENEWED_AFTER;
        if is_old || self.0.issuer.changes() != current.changes {
            *current = issue(&self.0.issuer, &self.0.subject, self.0.scopes);
        }
        current.token.clone()
    }
}

fn issue(issuer: &Issuer, subject: &str, scopes: Scopes) -> Current {
    // Read before the token is issued: if the keys change in between, the next call issues another token.
    let issued_at = issuer.clock().now();
    let changes = issuer.changes();
    Current { token: issuer.token(subject, scopes, LIFE).into(), issued_at, changes }
}
