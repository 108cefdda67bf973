use boxoffice_outbox::IdempotencyRecord;
use uuid::Uuid;

use crate::{command::Command, context::CommandContext, read_set::ReadSet, unit_of_work::UnitOfWork};

/// Identifies a request and its repetitions. Both parts are hashes, so that the service stores nothing of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Hash of the caller, the canonical route and the `Idempotency-Key` header.
    pub id: Uuid,
    /// Hash of the canonical body.
    pub fingerprint: Uuid,
}

/// An answer about a resource that can be read again by its id.
pub trait Resource {
    /// The id of the resource, as text.
    fn resource_id(&self) -> String;
}

/// A command that has its effect once for each key, however often the request is repeated.
///
/// The writer records effects only: a refusal leaves nothing behind, and a repetition may succeed.
pub struct Idempotent<C> {
    /// Key of the request; `None` when every request has its own effect.
    pub key: Option<IdempotencyKey>,
    /// The command that runs at most once for this key.
    pub command: C,
}

/// The result of an idempotent command.
#[derive(Debug)]
pub enum Effect<A> {
    /// This request had the effect.
    Fresh(A),
    /// An earlier request with the same key had it; the field is [`Resource::resource_id`] of its answer.
    Replayed(String),
}

/// Why an idempotent command was refused.
#[derive(Debug, thiserror::Error)]
pub enum IdempotentRefused<R: std::error::Error> {
    /// An earlier request used the key with another body.
    #[error("the Idempotency-Key was used with another body: use a new key")]
    KeyReused,
    /// The command itself refuses.
    #[error(transparent)]
    Refused(R),
}

impl<C: Command> Command for Idempotent<C>
where
    C::Answer: Resource,
{
    type Answer = Effect<C::Answer>;
    type Refusal = IdempotentRefused<C::Refusal>;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if let Some(key) = self.key {
            reads.row::<IdempotencyRecord>(key.id);
        }
        self.command.read_set(reads);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Self::Answer, Self::Refusal> {
        let Some(IdempotencyKey { id, fingerprint }) = self.key else {
            return self.command.decide(work, context).map(Effect::Fresh).map_err(IdempotentRefused::Refused);
        };
        if let Some(record) = work.get::<IdempotencyRecord>(id) {
            if record.fingerprint != fingerprint {
                return Err(IdempotentRefused::KeyReused);
            }
            return Ok(Effect::Replayed(record.resource_id.clone()));
        }
        let answer = self.command.decide(work, context).map_err(IdempotentRefused::Refused)?;
        let resource_id = answer.resource_id();
        work.insert(IdempotencyRecord { id, fingerprint, resource_id, recorded_at: context.now });
        Ok(Effect::Fresh(answer))
    }
}
