use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use uuid::Uuid;

/// A set of locks by id that serializes concurrent requests with the same idempotency key. Cheap to clone; clones share
/// the locks.
///
/// It prevents a misleading refusal: without it, the second of two identical requests could be refused as "sold out"
/// because the first one took the last ticket. It does not guarantee a single effect, since it knows only this process;
/// the writer guarantees that with [`Idempotent`](boxoffice_writer::Idempotent).
#[derive(Clone, Debug, Default)]
pub struct SingleFlight(Arc<Mutex<HashMap<Uuid, Entry>>>);

/// The lock of one id, with the number of tasks that hold it or wait for it.
#[derive(Debug, Default)]
struct Entry {
    lock: Arc<AsyncMutex<()>>,
    holders: usize,
}

impl SingleFlight {
    /// Acquires the lock of `id`, in the order of the calls. Dropping the future leaves the queue.
    pub async fn acquire(&self, id: Uuid) -> FlightGuard {
        let (lock, is_first) = self.enter(id);
        // Created before the wait, so that dropping this future during the wait unregisters the task.
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
        let entry = entries.get_mut(&id).expect("a registered task keeps the entry");
        entry.holders -= 1;
        if entry.holders == 0 {
            entries.remove(&id);
        }
    }
}

/// The lock of one id; dropping the guard releases it.
///
/// A holder that is not the first looks up the effect of the earlier holders, and runs the request only if there was no
/// effect.
#[derive(Debug)]
pub struct FlightGuard {
    is_first: bool,
    // Fields are dropped in order: the lock is released, then the task is unregistered.
    _lock: OwnedMutexGuard<()>,
    _registration: Registration,
}

impl FlightGuard {
    /// Whether no other task held or awaited the lock when this one requested it.
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
    async fn one_task_at_a_time_holds_the_lock_of_an_id() {
        let (flights, holders) = (SingleFlight::default(), Arc::new(AtomicUsize::new(0)));
        let mut tasks = JoinSet::new();
        for _ in 0..100 {
            let (flights, holders) = (flights.clone(), holders.clone());
            tasks.spawn(async move {
                let flight = flights.acquire(ID).await;
                assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0, "no other task holds the lock");
                tokio::task::yield_now().await;
                holders.fetch_sub(1, Ordering::SeqCst);
                flight.is_first()
            });
        }
        let first = tasks.join_all().await.into_iter().filter(|is_first| *is_first).count();
        assert!(first >= 1);
        assert!(flights.0.lock().is_empty(), "released locks are removed");
    }

    #[tokio::test]
    async fn other_ids_are_independent_and_a_later_holder_is_not_first() {
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
    async fn a_cancelled_wait_leaves_no_entry() {
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
