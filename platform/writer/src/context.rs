use boxoffice_clock::{Entropy, Timestamp};
use boxoffice_envelope::Origin;
use uuid::Uuid;

/// The inputs of a command that are not rows: its only source of time, ids and randomness, and the actor it runs for.
#[derive(Clone, Debug)]
pub struct CommandContext {
    /// The time of the batch, the same for all its members.
    pub now: Timestamp,
    /// The actor, and the ids that connect the command with the request or message that caused it.
    pub origin: Origin,
    entropy: Entropy,
}

impl CommandContext {
    /// A context outside a writer, for unit tests of [`Command::decide`](crate::Command::decide).
    pub fn new(now: Timestamp, origin: Origin, entropy: Entropy) -> Self {
        Self { now, origin, entropy }
    }

    /// The same time and randomness with another `origin`.
    #[must_use]
    pub fn for_origin(&self, origin: Origin) -> Self {
        Self { now: self.now, origin, entropy: self.entropy.clone() }
    }

    /// A new UUIDv7 of the time of the batch.
    pub fn id(&self) -> Uuid {
        self.entropy.uuid(self.now)
    }

    /// `N` random bytes, fit for secrets such as ticket codes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// A random number in `0.0..1.0`, such as the jitter of a [`Backoff`](crate::Backoff).
    pub fn fraction(&self) -> f64 {
        self.entropy.fraction()
    }
}
