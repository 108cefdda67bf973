use std::sync::Arc;

use parking_lot::Mutex;
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::Timestamp;

/// Where ids and randomness come from: the machine, or a seed that makes a run repeatable.
/// Cheap to clone; all clones draw from one stream.
#[derive(Clone, Debug)]
pub struct Entropy(Arc<Mutex<StdRng>>);

impl Entropy {
    /// A cryptographically secure generator seeded by the machine.
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(rand::make_rng())))
    }

    /// A generator that repeats itself for the same seed. For tests only: its output can be foretold.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// A UUIDv7 (RFC 9562) of time `at`: ids of later milliseconds sort after earlier ones.
    pub fn uuid(&self, at: Timestamp) -> Uuid {
        let millis = u64::try_from(at.micros() / 1000).unwrap_or(0);
        let mut random = [0; 10];
        self.0.lock().fill_bytes(&mut random);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// Fills `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().fill_bytes(bytes);
    }

    /// A number in `0.0..1.0`, for jitter.
    pub fn fraction(&self) -> f64 {
        self.0.lock().random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_ids_sort_by_time() {
        let at = Timestamp::from_micros(1_800_000_000_000_000);
        assert_eq!(Entropy::seeded(7).uuid(at), Entropy::seeded(7).uuid(at));
        let later = Timestamp::from_micros(at.micros() + 1000);
        assert!(Entropy::system().uuid(at) < Entropy::system().uuid(later));
    }
}
