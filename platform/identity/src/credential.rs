use std::{sync::Arc, time::Duration};

use boxoffice_clock::Timestamp;
use parking_lot::Mutex;

use crate::{Issuer, Scope};

/// How long a service's own token lives, in seconds.
const LIFE: Duration = Duration::from_secs(3600);
/// It is renewed at half its life, so that whoever is handed one can use it for at least this long.
const RENEWED_AFTER: Duration = Duration::from_secs(1800);

/// What a service shows to its neighbors: a token with the subject `service:NAME` and the scope `operator`. Cheap to
/// clone; clones share the token.
#[derive(Clone)]
pub struct Credential(Arc<Inner>);

struct Inner {
    issuer: Issuer,
    subject: String,
    current: Mutex<Current>,
}

struct Current {
    token: Arc<str>,
    made: Timestamp,
}

impl Credential {
    pub(crate) fn new(issuer: Issuer, service: &str) -> Self {
        let subject = format!("service:{service}");
        let current = Mutex::new(make(&issuer, &subject));
        Self(Arc::new(Inner { issuer, subject, current }))
    }

    /// A token that is good for at least half an hour, without the word `Bearer`.
    pub fn bearer(&self) -> Arc<str> {
        let mut current = self.0.current.lock();
        if self.0.issuer.clock().now().since(current.made) >= RENEWED_AFTER {
            *current = make(&self.0.issuer, &self.0.subject);
        }
        current.token.clone()
    }
}

fn make(issuer: &Issuer, subject: &str) -> Current {
    let made = issuer.clock().now();
    Current { token: issuer.token(subject, Scope::Operator.into(), LIFE).into(), made }
}
