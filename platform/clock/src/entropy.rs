use std::sync::Arc;

use parking_lot::Mutex;
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::Timestamp;

/// The source of ids and randomness: the system, or a seed that makes a test repeatable.
///
/// Cheap to clone; all clones draw from one stream.
#[derive(Clone, Debug)]
pub struct Entropy(Arc<Mutex<StdRng>>);

impl Entropy {
    /// A cryptographically secure generator, seeded by the system.
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(rand::make_rng())))
    }

    /// A generator with equal output for equal seeds. For tests only, because its output is predictable.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// A new UUIDv7 (RFC 9562) of `time`. Ids of later milliseconds sort after ids of earlier ones.
    pub fn uuid(&self, time: Timestamp) -> Uuid {
        let millis = u64::try_from(time.micros() / 1000).unwrap_or(0);
        let mut random = [0; 10];
        self.0.lock().fill_bytes(&mut random);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// Fills `bytes` with random bytes.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().fill_bytes(bytes);
    }

    /// A random number in `0.0..1.0`, such as the jitter of a delay.
    pub fn fraction(&self) -> f64 {
        self.0.lock().random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_ids_and_ids_sort_by_time() {
        let time = Timestamp::from_micros(1_800_000_000_000_000);
        assert_eq!(Entropy::seeded(7).uuid(time), Entropy::seeded(7).uuid(time));
        let later = Timestamp::from_micros(time.micros() + 1000);
        assert!(Entropy::system().uuid(time) < Entropy::system().uuid(later));
    }
}
