use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use boxoffice_clock::Clock;
use parking_lot::Mutex;
use tokio::sync::watch::{Receiver, Sender};
use uuid::Uuid;

/// Interval between reads while no wake-up arrives.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// Maximum number of watched ids. Further waits get no wake-ups and read at the poll interval.
const MAX_WATCHED: usize = 50_000;

/// Wakes requests that wait for a change of a resource. Cheap to clone; clones share the waits.
///
/// A wake-up is a hint: [`StatusWatch::wait`] returns only values that it read, and a lost hint delays it by the poll
/// interval of 250 ms.
#[derive(Clone, Debug, Default)]
pub struct StatusWatch(Arc<Mutex<HashMap<Uuid, Sender<()>>>>);

impl StatusWatch {
    /// Wakes all waits for `id`. Never blocks, so the writer may call it after a commit.
    pub fn wake(&self, id: Uuid) {
        if let Some(sender) = self.0.lock().get(&id) {
            sender.send_replace(());
        }
    }

    /// Calls `read` until `is_final` holds or `span` has elapsed on `clock`: at once, at each wake-up of `id`, and every
    /// 250 ms. Returns the last value; a `span` of zero means one read.
    ///
    /// # Errors
    /// The first error of `read`.
    pub async fn wait<T, E, F: Future<Output = Result<T, E>>>(
        &self,
        clock: &Clock,
        id: Uuid,
        span: Duration,
        read: impl Fn() -> F,
        is_final: impl Fn(&T) -> bool,
    ) -> Result<T, E> {
        let until = clock.now().plus(span);
        // Subscribed before the first read: a wake-up during a read is noticed after it.
        let mut watch = self.watch(id);
        loop {
            let found = read().await?;
            let now = clock.now();
            if is_final(&found) || now >= until {
                return Ok(found);
            }
            tokio::select! {
                () = watch.woken() => {}
                () = clock.sleep_until(until.min(now.plus(POLL_INTERVAL))) => {}
            }
        }
    }

    fn watch(&self, id: Uuid) -> Watch {
        let mut senders = self.0.lock();
        let full = senders.len() >= MAX_WATCHED && !senders.contains_key(&id);
        let woken = (!full).then(|| senders.entry(id).or_default().subscribe());
        Watch { status_watch: self.clone(), id, woken }
    }
}

/// The subscription of one wait.
struct Watch {
    status_watch: StatusWatch,
    id: Uuid,
    /// `None` when [`MAX_WATCHED`] ids are watched already.
    woken: Option<Receiver<()>>,
}

impl Watch {
    /// Returns at the next wake-up since the subscription or the previous return.
    async fn woken(&mut self) {
        match &mut self.woken {
            Some(woken) => woken.changed().await.expect("the entry exists while a receiver exists"),
            None => std::future::pending().await,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.woken.take().is_none() {
            return;
        }
        // New subscriptions need this lock, so an entry without receivers is unused.
        let mut senders = self.status_watch.0.lock();
        if senders.get(&self.id).is_some_and(|sender| sender.receiver_count() == 0) {
            senders.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        sync::atomic::{AtomicU32, Ordering},
    };

    use boxoffice_clock::Timestamp;
    use tokio::task::JoinHandle;

    use super::*;

    const ID: Uuid = Uuid::from_u128(1);
    const SPAN: Duration = Duration::from_secs(5);

    /// A state that counts its reads.
    #[derive(Clone, Default)]
    struct Resource {
        state: Arc<AtomicU32>,
        reads: Arc<AtomicU32>,
    }

    impl Resource {
        async fn read(&self) -> Result<u32, Infallible> {
            self.reads.fetch_add(1, Ordering::SeqCst);
            Ok(self.state.load(Ordering::SeqCst))
        }

        fn wait(&self, status_watch: &StatusWatch, clock: &Clock, span: Duration) -> JoinHandle<u32> {
            let (resource, status_watch, clock) = (self.clone(), status_watch.clone(), clock.clone());
            tokio::spawn(async move {
                let Ok(found) = status_watch.wait(&clock, ID, span, || resource.read(), |state| *state == 9).await;
                found
            })
        }

        async fn until_read(&self, times: u32) {
            while self.reads.load(Ordering::SeqCst) < times {
                tokio::task::yield_now().await;
            }
        }
    }

    fn clock() -> (Clock, boxoffice_clock::ManualClock) {
        Clock::manual(Timestamp::from_micros(1_900_000_000_000_000))
    }

    #[tokio::test]
    async fn a_wake_up_ends_the_wait_and_leaves_no_entry() {
        let (status_watch, resource, (clock, _time)) = (StatusWatch::default(), Resource::default(), clock());
        let waiting = [resource.wait(&status_watch, &clock, SPAN), resource.wait(&status_watch, &clock, SPAN)];
        resource.until_read(2).await;
        status_watch.wake(Uuid::from_u128(2));
        status_watch.wake(ID);
        resource.until_read(4).await;
        assert!(waiting.iter().all(|waiting| !waiting.is_finished()), "woken, but not final");
        resource.state.store(9, Ordering::SeqCst);
        status_watch.wake(ID);
        for waiting in waiting {
            assert_eq!(waiting.await.unwrap(), 9);
        }
        assert!(status_watch.0.lock().is_empty());
    }

    #[tokio::test]
    async fn a_lost_wake_up_delays_by_the_poll_interval() {
        let (status_watch, resource, (clock, time)) = (StatusWatch::default(), Resource::default(), clock());
        let waiting = resource.wait(&status_watch, &clock, SPAN);
        resource.until_read(1).await;
        resource.state.store(9, Ordering::SeqCst);
        time.advance(POLL_INTERVAL);
        assert_eq!(waiting.await.unwrap(), 9);
    }

    #[tokio::test]
    async fn a_wait_ends_after_its_span_with_the_current_state() {
        let (status_watch, resource, (clock, time)) = (StatusWatch::default(), Resource::default(), clock());
        assert_eq!(resource.wait(&status_watch, &clock, Duration::ZERO).await.unwrap(), 0);
        let waiting = resource.wait(&status_watch, &clock, SPAN);
        resource.until_read(2).await;
        time.advance(SPAN);
        assert_eq!(waiting.await.unwrap(), 0);
        assert_eq!(resource.reads.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn beyond_the_maximum_a_wait_polls_only() {
        let (status_watch, resource, (clock, time)) = (StatusWatch::default(), Resource::default(), clock());
        let others: Vec<_> = (10..).take(MAX_WATCHED).map(|id| status_watch.watch(Uuid::from_u128(id))).collect();
        let waiting = resource.wait(&status_watch, &clock, SPAN);
        resource.until_read(1).await;
        assert_eq!(status_watch.0.lock().len(), MAX_WATCHED);
        resource.state.store(9, Ordering::SeqCst);
        time.advance(POLL_INTERVAL);
        assert_eq!(waiting.await.unwrap(), 9);
        drop(others);
        assert!(status_watch.0.lock().is_empty());
    }
}
