//! The writer: runs the commands of a service and the messages that it consumes in batches, one transaction each.
//!
//! Each service has one [`Writer`], a thread that owns the writing connection. Everything in its queue, deliveries first,
//! then requests, becomes the next batch:
//!
//! 1. *Load.* Every member names its [`ReadSet`]; the writer loads all of them together, and calls the members again until
//!    none names a new row.
//! 2. *Decide.* Each member in turn changes the [`UnitOfWork`] or refuses. Later members see the changes of earlier ones.
//! 3. *Commit.* One transaction stores all changed rows, the published messages and the cursors.
//! 4. *Answer.* Callers get their answers; services in the same process get the messages without a round trip.
//!
//! The next batch gathers while a commit is under way, so batches grow with the load and the cost for each member falls.
//!
//! Guarantees:
//!
//! - An answer is sent after its commit: a 2xx response survives a crash and a power failure (`batch.rs`).
//! - A member that refuses, fails or panics leaves nothing behind and affects no other member (`isolation.rs`).
//! - State changes and their events commit atomically (transactional outbox, `batch.rs`).
//! - Each message has its effect exactly once: its cursor moves in the same transaction (`delivery.rs`).
//! - Messages of one key are handled in order; a failed one blocks the later ones of its key until it succeeds or an
//!   operator discards it (`delivery.rs`, `deferral.rs`).
//! - A request repeated with its idempotency key has one effect (`idempotent.rs`).
//! - Of two requests that expect the same version of a row, one changes it (`conditional.rs`).
//!
//! To add a change to a service, implement [`Command`] and pass it to [`Writer::run`]. To handle an event, register such a
//! command with [`Reactions::on`]. The modules below stand in layers: each imports only modules of
//! earlier layers.

mod context;
mod row_set;

mod unit_of_work;

mod deferral;
mod isolation;

mod read_set;

mod command;

mod batch;
mod conditional;
mod dead_letters;
mod idempotent;
mod reactions;
mod subscription;

mod delivery;
mod queue;
mod replay;
mod request;

mod metrics;

mod writer;

mod consumer;
mod retention;
mod retries;

pub use boxoffice_outbox::{Backoff, MIGRATIONS};

pub use crate::metrics::METRICS;
pub use batch::{CrashProbe, Probe, Stage};
pub use command::{Command, Failure};
pub use conditional::{Conditional, ConditionalRefused, ExpectedVersion};
pub use consumer::consume;
pub use context::CommandContext;
pub use dead_letters::{DeadLetterRefusal, DiscardDeadLetter, ReplayDeadLetter};
pub use idempotent::{Effect, IdempotencyKey, Idempotent, IdempotentRefused, Resource};
pub use reactions::{DeliveryFault, Handler, Reactions};
pub use read_set::ReadSet;
pub use replay::{HandlerRefusal, ReplayOutcome};
pub use retention::{Retention, run_retention};
pub use retries::run_retries;
pub use unit_of_work::{Signal, UnitOfWork};
pub use writer::{Limits, Paused, Writer, WriterParts};
