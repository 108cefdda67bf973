use boxoffice_outbox::IdempotencyRecord;
use uuid::Uuid;

use crate::{Command, CommandContext, ReadSet, UnitOfWork};

/// What makes two requests one: both parts are hashes, so that nothing of the request is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Of the caller, the canonical route and the `Idempotency-Key`.
    pub id: Uuid,
    /// Of the canonical body.
    pub fingerprint: Uuid,
}

/// An answer that stands for something which can be read again by its id.
pub trait Resource {
    /// The id, as text.
    fn resource_id(&self) -> String;
}

/// A command that has its effect once for each key, whatever is repeated. Only effects are remembered: a refusal
/// leaves nothing behind and may turn out otherwise when it is repeated.
pub struct Idempotent<C> {
    /// None: every request has its own effect.
    pub key: Option<IdempotencyKey>,
    /// What is to be done.
    pub command: C,
}

/// What a request with a key came to.
#[derive(Debug)]
pub enum Effect<A> {
    /// It had its effect.
    Fresh(A),
    /// An earlier one had it; this is the id of what it made.
    Replayed(String),
}

/// Why a request with a key was refused.
#[derive(Debug, thiserror::Error)]
pub enum IdempotentRefused<R: std::error::Error> {
    /// The key was used with another body.
    #[error("the Idempotency-Key was used with another body")]
    KeyReused,
    /// By the rules of the command.
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
        let Some(key) = self.key else {
            return self.command.decide(work, context).map(Effect::Fresh).map_err(IdempotentRefused::Refused);
        };
        if let Some(known) = work.get::<IdempotencyRecord>(key.id) {
            let same = known.fingerprint == key.fingerprint;
            return if same {
                Ok(Effect::Replayed(known.resource_id.clone()))
            } else {
                Err(IdempotentRefused::KeyReused)
            };
        }
        let answer = self.command.decide(work, context).map_err(IdempotentRefused::Refused)?;
        let (IdempotencyKey { id, fingerprint }, resource_id, recorded_at) = (key, answer.resource_id(), context.now);
        work.insert(IdempotencyRecord { id, fingerprint, resource_id, recorded_at });
        Ok(Effect::Fresh(answer))
    }
}
