//! What an operator asks of a running system. Each kind of resource is a file with its own `router`.

mod audits;
mod dead_letters;
mod keys;
mod messages;
mod pauses;
mod redacted;
mod replays;

use std::sync::Arc;

use boxoffice_http::{Problem, codes};
use boxoffice_identity::Issuer;
use boxoffice_runtime::System;
use boxoffice_writer::Writer;
use utoipa_axum::router::OpenApiRouter;

use self::pauses::Pauses;

pub use audits::AuditOf;
pub use dead_letters::{DeadLetter, DroppedLetter, GivenUp, LONGEST_REASON, dropped, parked};
pub use keys::{LONGEST_OVERLAP, Rotation, SigningKey};
pub use pauses::Pause;
pub use replays::{ReplayOf, Replayed};

/// What these resources are, for the documentation.
pub const ABOUT: &str = "Parked messages, audits, copies of one moment, signing keys, and what the services said about a booking, for operators.";

#[derive(Clone)]
struct App {
    writers: Arc<[Writer]>,
    issuer: Issuer,
    pauses: Pauses,
}

/// The routes for operators.
pub fn router(system: &System, issuer: &Issuer) -> OpenApiRouter {
    let writers: Vec<Writer> = system.writers().cloned().collect();
    OpenApiRouter::new()
        .merge(dead_letters::router())
        .merge(audits::router())
        .merge(keys::router())
        .merge(messages::router())
        .merge(pauses::router())
        .merge(replays::router())
        .with_state(App { writers: writers.into(), issuer: issuer.clone(), pauses: Pauses::default() })
}

impl App {
    fn writer(&self, service: &str) -> Result<&Writer, Problem> {
        let writer = self.writers.iter().find(|writer| writer.service() == service);
        writer.ok_or_else(|| Problem::new(&codes::NOT_FOUND, format!("there is no service {service:?}")))
    }
}
