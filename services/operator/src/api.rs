//! HTTP API for operators. Each resource is a file with its own `router`.

mod audits;
mod booking_trail;
mod dead_letters;
mod keys;
mod pauses;
mod redacted;
mod replays;

use std::sync::Arc;

use boxoffice_http::{Problem, codes};
use boxoffice_identity::Issuer;
use boxoffice_writer::Writer;
use utoipa_axum::router::OpenApiRouter;

use self::pauses::Pauses;
use crate::{Host, Operator};

pub use audits::AuditRequest;
pub use dead_letters::{
    DeadLetter, DiscardRequest, DiscardedDeadLetter, MAX_REASON_LENGTH, dead_letters, discarded_dead_letters,
};
pub use keys::{MAX_OVERLAP, RotateKeysRequest, SigningKey};
pub use pauses::Pause;
pub use replays::{ReplayRequest, ReplayResponse};

/// State that every handler shares.
#[derive(Clone)]
struct App {
    writers: Arc<[Writer]>,
    issuer: Issuer,
    host: Arc<dyn Host>,
    pauses: Pauses,
}

/// Merges the routes of all resources.
pub fn router(operator: Operator) -> OpenApiRouter {
    let Operator { writers, issuer, host } = operator;
    OpenApiRouter::new()
        .merge(dead_letters::router())
        .merge(audits::router())
        .merge(keys::router())
        .merge(booking_trail::router())
        .merge(pauses::router())
        .merge(replays::router())
        .with_state(App { writers, issuer, host, pauses: Pauses::default() })
}

impl App {
    fn writer(&self, service: &str) -> Result<&Writer, Problem> {
        let writer = self.writers.iter().find(|writer| writer.service() == service);
        writer.ok_or_else(|| Problem::new(&codes::NOT_FOUND, format!("service {service:?} does not exist")))
    }
}
