use std::collections::VecDeque;

use parking_lot::{Condvar, Mutex};
use tokio::sync::{Notify, futures::Notified, watch};

use crate::batch::{Member, Members};

/// The bounded queue of a writer. A caller that finds it full fails at once instead of waiting.
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    filled: Condvar,
    drained: Notify,
    ended: watch::Sender<bool>,
    batch: usize,
    requests: usize,
    messages: usize,
}

/// Why a request was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QueueError {
    Full,
    Closed,
}

#[derive(Default)]
struct Waiting {
    messages: VecDeque<Box<dyn Member>>,
    requests: VecDeque<Box<dyn Member>>,
    closed: bool,
}

impl Queue {
    /// A queue of at most `requests` and `messages`, whose batches have at most `batch` members.
    pub(crate) fn new(batch: usize, requests: usize, messages: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            filled: Condvar::new(),
            drained: Notify::new(),
            ended: watch::Sender::new(false),
            batch,
            requests,
            messages,
        }
    }

    /// Queues one request; fails when the queue is full or closed.
    pub(crate) fn request(&self, member: Box<dyn Member>) -> Result<(), QueueError> {
        let mut waiting = self.waiting.lock();
        if waiting.closed {
            return Err(QueueError::Closed);
        }
        if waiting.requests.len() >= self.requests {
            return Err(QueueError::Full);
        }
        waiting.requests.push_back(member);
        self.filled.notify_one();
        Ok(())
    }

    /// Queues `count` messages, all or none. Returns `false` when the queue is closed or has no room; an empty queue takes
    /// any number.
    pub(crate) fn messages(&self, count: usize, members: impl Iterator<Item = Box<dyn Member>>) -> bool {
        let mut waiting = self.waiting.lock();
        if waiting.closed || (waiting.messages.len() + count > self.messages && !waiting.messages.is_empty()) {
            return false;
        }
        waiting.messages.extend(members);
        self.filled.notify_one();
        true
    }

    /// Takes the members of the next batch, messages before requests: accepted work is finished before new work starts.
    ///
    /// Blocks while the queue is empty. `None` once it is closed and empty.
    pub(crate) fn take(&self) -> Option<Members> {
        let mut waiting = self.waiting.lock();
        while waiting.messages.is_empty() && waiting.requests.is_empty() {
            if waiting.closed {
                return None;
            }
            self.filled.wait(&mut waiting);
        }
        let messages = waiting.messages.len().min(self.batch);
        let requests = waiting.requests.len().min(self.batch - messages);
        let Waiting { messages: queued_messages, requests: queued_requests, .. } = &mut *waiting;
        let members = queued_messages.drain(..messages).chain(queued_requests.drain(..requests)).collect();
        self.drained.notify_waiters();
        Some(members)
    }

    /// Completes when [`Queue::take`] has removed members after this call.
    pub(crate) fn drained(&self) -> Notified<'_> {
        self.drained.notified()
    }

    /// The number of queued messages and requests.
    pub(crate) fn depth(&self) -> (usize, usize) {
        let waiting = self.waiting.lock();
        (waiting.messages.len(), waiting.requests.len())
    }

    /// Refuses new members. [`Queue::take`] still returns those that are queued.
    pub(crate) fn close(&self) {
        self.waiting.lock().closed = true;
        self.filled.notify_all();
        self.ended.send_replace(true);
    }

    /// Closes the queue and drops its members, as a crash does.
    pub(crate) fn abandon(&self) {
        let mut waiting = self.waiting.lock();
        waiting.closed = true;
        let dropped = (std::mem::take(&mut waiting.messages), std::mem::take(&mut waiting.requests));
        drop(waiting);
        self.ended.send_replace(true);
        drop(dropped);
    }

    /// Returns once the queue is closed.
    pub(crate) async fn ended(&self) {
        // The wait fails only without a sender, and this queue owns it.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.waiting.lock().closed
    }
}
