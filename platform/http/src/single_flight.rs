use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use uuid::Uuid;

/// Keeps two requests with one key from being tried at once. Cheap to clone; clones share the flights.
///
/// It saves work and spares the second of two requests a refusal that only the first one's effect causes ("sold out",
/// to somebody who has just bought the last place). That there is one effect is promised by the writer's `Once`, not by
/// this: it knows nothing of other instances.
#[derive(Clone, Debug, Default)]
pub struct SingleFlight(Arc<Mutex<HashMap<Uuid, Entry>>>);

/// The lock of one id, and how many fly or wait in it.
#[derive(Debug, Default)]
struct Entry {
    lock: Arc<AsyncMutex<()>>,
    holders: usize,
}

impl SingleFlight {
    /// Takes off at once when nobody else flies under `id`, else when whoever did has landed. Those who wait take off one
    /// by one, in the order in which they came. Dropping the future gives the place in the line up.
    pub async fn acquire(&self, id: Uuid) -> FlightGuard {
        let (lock, is_first) = self.enter(id);
        // Made before the wait, so that the place is given up when the wait is.
        let registration = Registration { flights: self.clone(), id };
        let lock = lock.lock_owned().await;
        FlightGuard { is_first, _lock: lock, _registration: registration }
    }

    fn enter(&self, id: Uuid) -> (Arc<AsyncMutex<()>>, bool) {
        let mut entries = self.0.lock();
        let entry = entries.entry(id).or_default();
        entry.holders += 1;
        (entry.lock.clone(), entry.holders == 1)
    }

    fn leave(&self, id: Uuid) {
        let mut entries = self.0.lock();
        let entry = entries.get_mut(&id).expect("whoever leaves a lock has entered it");
        entry.holders -= 1;
        if entry.holders == 0 {
            entries.remove(&id);
        }
    }
}

/// The one attempt under its id; lands when it is dropped.
///
/// Whoever was not first looks for the effect of those before it, and tries on its own only when there is none.
#[derive(Debug)]
pub struct FlightGuard {
    is_first: bool,
    // Before the registration: the next one takes off, then the place is given up.
    _lock: OwnedMutexGuard<()>,
    _registration: Registration,
}

impl FlightGuard {
    /// Whether nobody flew or waited under the id when this one came.
    pub fn is_first(&self) -> bool {
        self.is_first
    }
}

#[derive(Debug)]
struct Registration {
    flights: SingleFlight,
    id: Uuid,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.flights.leave(self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::task::JoinSet;

    use super::*;

    const ID: Uuid = Uuid::from_u128(1);

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_two_fly_at_once_and_one_is_first() {
        let (flights, flying) = (SingleFlight::default(), Arc::new(AtomicUsize::new(0)));
        let mut tasks = JoinSet::new();
        for _ in 0..100 {
            let (flights, flying) = (flights.clone(), flying.clone());
            tasks.spawn(async move {
                let flight = flights.acquire(ID).await;
                assert_eq!(flying.fetch_add(1, Ordering::SeqCst), 0, "nobody else flies");
                tokio::task::yield_now().await;
                flying.fetch_sub(1, Ordering::SeqCst);
                flight.is_first()
            });
        }
        let first = tasks.join_all().await.into_iter().filter(|is_first| *is_first).count();
        assert!(first >= 1);
        assert!(flights.0.lock().is_empty(), "nothing is kept of flights that are over");
    }

    #[tokio::test]
    async fn others_fly_beside_it_and_followers_know_that_they_follow() {
        let flights = SingleFlight::default();
        let first = flights.acquire(ID).await;
        assert!(flights.acquire(Uuid::from_u128(2)).await.is_first());
        let follower = tokio::spawn({
            let flights = flights.clone();
            async move { flights.acquire(ID).await.is_first() }
        });
        while flights.0.lock()[&ID].holders < 2 {
            tokio::task::yield_now().await;
        }
        assert!(first.is_first() && !follower.is_finished());
        drop(first);
        assert!(!follower.await.unwrap());
    }

    #[tokio::test]
    async fn whoever_gives_up_waiting_leaves_nothing_behind() {
        let flights = SingleFlight::default();
        let first = flights.acquire(ID).await;
        let waiting = tokio::spawn({
            let flights = flights.clone();
            async move { drop(flights.acquire(ID).await) }
        });
        while flights.0.lock()[&ID].holders < 2 {
            tokio::task::yield_now().await;
        }
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        drop(first);
        assert!(flights.0.lock().is_empty());
    }
}
