use boxoffice_clock::{Entropy, Timestamp};
use boxoffice_envelope::Origin;
use uuid::Uuid;

/// When and on whose behalf a command runs: its only source of time, ids and randomness.
#[derive(Clone, Debug)]
pub struct CommandContext {
    /// The present; the same for a whole batch.
    pub now: Timestamp,
    /// On whose behalf.
    pub origin: Origin,
    entropy: Entropy,
}

impl CommandContext {
    /// A moment of its own, for tests of commands without a writer.
    pub fn new(now: Timestamp, origin: Origin, entropy: Entropy) -> Self {
        Self { now, origin, entropy }
    }

    /// The same moment on behalf of another.
    #[must_use]
    pub fn for_origin(&self, origin: Origin) -> Self {
        Self { now: self.now, origin, entropy: self.entropy.clone() }
    }

    /// A fresh UUIDv7.
    pub fn id(&self) -> Uuid {
        self.entropy.uuid(self.now)
    }

    /// Random bytes, fit for secrets such as ticket codes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// A number in `0.0..1.0`, for jitter.
    pub fn fraction(&self) -> f64 {
        self.entropy.fraction()
    }
}
