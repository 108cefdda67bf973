use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use uuid::Uuid;

/// Lets requests with the same key run one after another. Cheap to clone; clones share the locks.
///
/// It saves work, and it spares the second request a refusal that the effect of the first one causes: `sold-out` for a
/// customer who just bought the last seat. The guarantee of one effect comes from the writer's
/// [`Idempotent`](boxoffice_writer::Idempotent): locks do not extend to other instances.
#[derive(Clone, Debug, Default)]
pub struct SingleFlight(Arc<Mutex<HashMap<Uuid, Entry>>>);

/// The lock of one id, and the number of attempts that hold it or wait for it.
#[derive(Debug, Default)]
struct Entry {
    lock: Arc<AsyncMutex<()>>,
    holders: usize,
}

impl SingleFlight {
    /// Waits until no earlier attempt holds the lock of `id`, in the order of the calls. Dropping the future gives up the
    /// place in the queue.
    pub async fn acquire(&self, id: Uuid) -> SingleFlightGuard {
        let (lock, is_first) = self.enter(id);
        // Registered before the wait, so that dropping the future releases the registration.
        let registration = Registration { locks: self.clone(), id };
        let lock = lock.lock_owned().await;
        SingleFlightGuard { is_first, _lock: lock, _registration: registration }
    }

    fn enter(&self, id: Uuid) -> (Arc<AsyncMutex<()>>, bool) {
        let mut entries = self.0.lock();
        let entry = entries.entry(id).or_default();
        entry.holders += 1;
        (entry.lock.clone(), entry.holders == 1)
    }

    fn leave(&self, id: Uuid) {
        let mut entries = self.0.lock();
        let entry = entries.get_mut(&id).expect("a registered attempt has an entry");
        entry.holders -= 1;
        if entry.holders == 0 {
            entries.remove(&id);
        }
    }
}

/// The lock of an id; dropping it admits the next attempt.
///
/// An attempt that is not the first looks for the effect of the earlier ones, and runs only when it finds none.
#[derive(Debug)]
pub struct SingleFlightGuard {
    is_first: bool,
    // Dropped before the registration: the next attempt gets the lock, then the count decreases.
    _lock: OwnedMutexGuard<()>,
    _registration: Registration,
}

impl SingleFlightGuard {
    /// Whether no other attempt held or awaited the lock when this one arrived.
    pub fn is_first(&self) -> bool {
        self.is_first
    }
}

#[derive(Debug)]
struct Registration {
    locks: SingleFlight,
    id: Uuid,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.locks.leave(self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::task::JoinSet;

    use super::*;

    const ID: Uuid = Uuid::from_u128(1);

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn attempts_of_one_id_run_one_after_another() {
        let (locks, running) = (SingleFlight::default(), Arc::new(AtomicUsize::new(0)));
        let mut tasks = JoinSet::new();
        for _ in 0..100 {
            let (locks, running) = (locks.clone(), running.clone());
            tasks.spawn(async move {
                let guard = locks.acquire(ID).await;
                assert_eq!(running.fetch_add(1, Ordering::SeqCst), 0, "only one attempt runs");
                tokio::task::yield_now().await;
                running.fetch_sub(1, Ordering::SeqCst);
                guard.is_first()
            });
        }
        let first = tasks.join_all().await.into_iter().filter(|is_first| *is_first).count();
        assert!(first >= 1);
        assert!(locks.0.lock().is_empty(), "finished attempts leave no entry");
    }

    #[tokio::test]
    async fn other_ids_are_independent_and_later_attempts_are_not_first() {
        let locks = SingleFlight::default();
        let first = locks.acquire(ID).await;
        assert!(locks.acquire(Uuid::from_u128(2)).await.is_first());
        let second = tokio::spawn({
            let locks = locks.clone();
            async move { locks.acquire(ID).await.is_first() }
        });
        while locks.0.lock()[&ID].holders < 2 {
            tokio::task::yield_now().await;
        }
        assert!(first.is_first() && !second.is_finished());
        drop(first);
        assert!(!second.await.unwrap());
    }

    #[tokio::test]
    async fn a_dropped_wait_leaves_no_entry() {
        let locks = SingleFlight::default();
        let first = locks.acquire(ID).await;
        let waiting = tokio::spawn({
            let locks = locks.clone();
            async move { drop(locks.acquire(ID).await) }
        });
        while locks.0.lock()[&ID].holders < 2 {
            tokio::task::yield_now().await;
        }
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        drop(first);
        assert!(locks.0.lock().is_empty());
    }
}
