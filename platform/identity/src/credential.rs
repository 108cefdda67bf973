use std::{sync::Arc, time::Duration};

use boxoffice_clock::Timestamp;
use parking_lot::Mutex;

use crate::{Issuer, Scopes};

/// How long such a token lives.
const LIFE: Duration = Duration::from_secs(3600);
/// It is renewed at half its life, and when the keys change, so that whoever is handed one can use it for at least this long.
const RENEWED_AFTER: Duration = Duration::from_secs(1800);

/// A token that renews itself: what a service shows to its neighbors. Cheap to clone; clones share the token.
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
    made: Timestamp,
    /// How often the keys had changed before it was made.
    changes: u64,
}

impl Credential {
    pub(crate) fn new(issuer: Issuer, subject: String, scopes: Scopes) -> Self {
        let current = Mutex::new(make(&issuer, &subject, scopes));
        Self(Arc::new(Inner { issuer, subject, scopes, current }))
    }

    /// A token that is good for at least half an hour, without the word `Bearer`.
    pub fn bearer(&self) -> Arc<str> {
        let mut current = self.0.current.lock();
        let is_old = self.0.issuer.clock().now().since(current.made) >= RENEWED_AFTER;
        if is_old || self.0.issuer.changes() != current.changes {
            *current = make(&self.0.issuer, &self.0.subject, self.0.scopes);
        }
        current.token.clone()
    }
}

fn make(issuer: &Issuer, subject: &str, scopes: Scopes) -> Current {
    // Before the token: a change between the two makes another one, and never keeps one of before the change.
    let (made, changes) = (issuer.clock().now(), issuer.changes());
    Current { token: issuer.token(subject, scopes, LIFE).into(), made, changes }
}
