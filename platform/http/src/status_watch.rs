use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use boxoffice_clock::Clock;
use parking_lot::Mutex;
use tokio::sync::watch::{Receiver, Sender};
use uuid::Uuid;

/// How often something that is waited for is read again when nobody says that it has changed.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// How many ids may be watched; whoever watches one more is not woken and reads by the period alone.
const MAX_WATCHED: usize = 50_000;

/// Wakes whoever waits for something by its id. Cheap to clone; clones share those who wait.
///
/// The tables are the truth and waking is a hint: what [`StatusWatch::wait`] returns was read, and a hint that is lost
/// costs a quarter of a second.
#[derive(Clone, Debug, Default)]
pub struct StatusWatch(Arc<Mutex<HashMap<Uuid, Sender<()>>>>);

impl StatusWatch {
    /// Wakes everyone who waits for `id`. Does not block, so that a writer's observer may call it.
    pub fn wake(&self, id: Uuid) {
        if let Some(sender) = self.0.lock().get(&id) {
            sender.send_replace(());
        }
    }

    /// Reads until `is_final` holds or `span` has passed on `clock`: at once, whenever `id` is woken, and every quarter of
    /// a second. Returns what was read last; with a `span` of zero, after one read.
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
        // From here on no waking is lost: one that comes during a read is seen after it.
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

/// One who waits.
struct Watch {
    status_watch: StatusWatch,
    id: Uuid,
    /// None when too many ids are watched already.
    woken: Option<Receiver<()>>,
}

impl Watch {
    /// Returns once the id has been woken since this was made or this returned last.
    async fn woken(&mut self) {
        match &mut self.woken {
            Some(woken) => woken.changed().await.expect("whoever waits keeps the sender"),
            None => std::future::pending().await,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.woken.take().is_none() {
            return;
        }
        // Who watches next subscribes under this lock: an entry without receivers is nobody's.
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

    /// Something that is read, counting how often.
    #[derive(Clone, Default)]
    struct Thing {
        state: Arc<AtomicU32>,
        reads: Arc<AtomicU32>,
    }

    impl Thing {
        async fn read(&self) -> Result<u32, Infallible> {
            self.reads.fetch_add(1, Ordering::SeqCst);
            Ok(self.state.load(Ordering::SeqCst))
        }

        fn wait(&self, status_watch: &StatusWatch, clock: &Clock, span: Duration) -> JoinHandle<u32> {
            let (thing, status_watch, clock) = (self.clone(), status_watch.clone(), clock.clone());
            tokio::spawn(async move {
                let Ok(found) = status_watch.wait(&clock, ID, span, || thing.read(), |state| *state == 9).await;
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
    async fn waking_is_enough_and_leaves_nothing_behind() {
        let (status_watch, thing, (clock, _hand)) = (StatusWatch::default(), Thing::default(), clock());
        let waiting = [thing.wait(&status_watch, &clock, SPAN), thing.wait(&status_watch, &clock, SPAN)];
        thing.until_read(2).await;
        status_watch.wake(Uuid::from_u128(2));
        status_watch.wake(ID);
        thing.until_read(4).await;
        assert!(waiting.iter().all(|waiting| !waiting.is_finished()), "woken, but not final");
        thing.state.store(9, Ordering::SeqCst);
        status_watch.wake(ID);
        for waiting in waiting {
            assert_eq!(waiting.await.unwrap(), 9);
        }
        assert!(status_watch.0.lock().is_empty());
    }

    #[tokio::test]
    async fn a_lost_hint_costs_a_period() {
        let (status_watch, thing, (clock, hand)) = (StatusWatch::default(), Thing::default(), clock());
        let waiting = thing.wait(&status_watch, &clock, SPAN);
        thing.until_read(1).await;
        thing.state.store(9, Ordering::SeqCst);
        hand.advance(POLL_INTERVAL);
        assert_eq!(waiting.await.unwrap(), 9);
    }

    #[tokio::test]
    async fn it_ends_with_the_span_and_shows_what_there_is() {
        let (status_watch, thing, (clock, hand)) = (StatusWatch::default(), Thing::default(), clock());
        assert_eq!(thing.wait(&status_watch, &clock, Duration::ZERO).await.unwrap(), 0);
        let waiting = thing.wait(&status_watch, &clock, SPAN);
        thing.until_read(2).await;
        hand.advance(SPAN);
        assert_eq!(waiting.await.unwrap(), 0);
        assert_eq!(thing.reads.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn too_many_ids_are_read_by_the_period_alone() {
        let (status_watch, thing, (clock, hand)) = (StatusWatch::default(), Thing::default(), clock());
        let others: Vec<_> = (10..).take(MAX_WATCHED).map(|id| status_watch.watch(Uuid::from_u128(id))).collect();
        let waiting = thing.wait(&status_watch, &clock, SPAN);
        thing.until_read(1).await;
        assert_eq!(status_watch.0.lock().len(), MAX_WATCHED);
        thing.state.store(9, Ordering::SeqCst);
        hand.advance(POLL_INTERVAL);
        assert_eq!(waiting.await.unwrap(), 9);
        drop(others);
        assert!(status_watch.0.lock().is_empty());
    }
}
