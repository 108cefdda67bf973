use boxoffice_outbox::Remembered;
use uuid::Uuid;

use crate::{Command, Moment, Need, World};

/// What makes two requests one: both parts are hashes, so that nothing of the request is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// Of the caller, the canonical route and the `Idempotency-Key`.
    pub id: Uuid,
    /// Of the canonical body.
    pub fingerprint: Uuid,
}

/// An answer that stands for something which can be read again by its id.
pub trait Resource {
    /// The id, as text.
    fn resource(&self) -> String;
}

/// A command that has its effect once for each key, whatever is repeated. Only effects are remembered: a refusal
/// leaves nothing behind and may turn out otherwise when it is repeated.
pub struct Once<C> {
    /// None: every request has its own effect.
    pub key: Option<RequestKey>,
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
pub enum OnceRefused<R: std::error::Error> {
    /// The key was used with another body.
    #[error("the Idempotency-Key was used with another body")]
    KeyReused,
    /// By the rules of the command.
    #[error(transparent)]
    Refused(R),
}

impl<C: Command> Command for Once<C>
where
    C::Answer: Resource,
{
    type Answer = Effect<C::Answer>;
    type Refusal = OnceRefused<C::Refusal>;

    fn needs(&self, need: &mut Need<'_>) {
        if let Some(key) = self.key {
            need.row::<Remembered>(key.id);
        }
        self.command.needs(need);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<Self::Answer, Self::Refusal> {
        let Some(key) = self.key else {
            return self.command.decide(world, moment).map(Effect::Fresh).map_err(OnceRefused::Refused);
        };
        if let Some(known) = world.get::<Remembered>(key.id) {
            let same = known.fingerprint == key.fingerprint;
            return if same { Ok(Effect::Replayed(known.resource.clone())) } else { Err(OnceRefused::KeyReused) };
        }
        let answer = self.command.decide(world, moment).map_err(OnceRefused::Refused)?;
        let (RequestKey { id, fingerprint }, resource, kept_at) = (key, answer.resource(), moment.now);
        world.insert(Remembered { id, fingerprint, resource, kept_at });
        Ok(Effect::Fresh(answer))
    }
}
