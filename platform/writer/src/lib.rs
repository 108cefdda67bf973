//! The queue of commands, the batch, the commit, the answers: the one way in which data changes.
//!
//! Each service has one [`Writer`]: a thread that owns the writing connection. What waits in its [queue](Writer::run)
//! — messages heard from other services first, then requests — is one batch:
//!
//! 1. *load*: every member says which rows it [`ReadSet`]s, again until nobody asks for anything new;
//! 2. *decide*: each member in turn changes the [`UnitOfWork`] or refuses; the second buyer sees what the first one took;
//! 3. *commit*: all changed rows, all messages said and the positions heard, in one transaction;
//! 4. *answer* everyone, and hand the messages over to the services of the same process.
//!
//! While one commit is under way the next batch gathers by itself, so load makes batches large and costs small. A
//! batch of one is the same code.
//!
//! What is guaranteed, in order of reading: an answer is given after its commit, never before (`batch.rs`); a member
//! that refuses, fails or panics leaves nothing behind (`world.rs`); a message has its effect exactly once, because
//! its position moves in the same transaction (`hearing.rs`); a request repeated with its key has one effect
//! (`once.rs`); of two requests that have seen the same version of a row, one changes it (`unchanged.rs`).

mod batch;
mod command;
mod conditional;
mod consumer;
mod context;
mod dead_letters;
mod delivery;
mod idempotent;
mod metrics;
mod queue;
mod reactions;
mod read_set;
mod replay;
mod request;
mod retention;
mod retries;
mod row_set;
mod unit_of_work;
mod writer;

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
