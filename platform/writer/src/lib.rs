//! The queue of commands, the batch, the commit, the answers: the one way in which data changes.
//!
//! Each service has one [`Writer`]: a thread that owns the writing connection. What waits in its [queue](Writer::run)
//! — messages heard from other services first, then requests — is one batch:
//!
//! 1. *load*: every member says which rows it [`Need`]s, again until nobody asks for anything new;
//! 2. *decide*: each member in turn changes the [`World`] or refuses; the second buyer sees what the first one took;
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
mod dead;
mod follower;
mod gauges;
mod hearing;
mod moment;
mod need;
mod once;
mod queue;
mod reactions;
mod redelivery;
mod request;
mod retention;
mod retries;
mod shelf;
mod unchanged;
mod world;
mod writer;

pub use boxoffice_outbox::{Backoff, MIGRATIONS};

pub use batch::{CrashProbe, Probe, Stage};
pub use command::{Command, Failure};
pub use dead::{DeadLetterRefused, Discard, Replay};
pub use follower::follow;
pub use moment::Moment;
pub use need::Need;
pub use once::{Effect, Once, OnceRefused, RequestKey, Resource};
pub use reactions::{Obstacle, Reaction, Reactions};
pub use redelivery::{ReactionRefused, Redelivered};
pub use retention::{Retention, forget_forever};
pub use retries::retry_forever;
pub use unchanged::{Expected, Unchanged, UnchangedRefused};
pub use world::{Nudge, World};
pub use writer::{Limits, Paused, Writer, WriterParts};
