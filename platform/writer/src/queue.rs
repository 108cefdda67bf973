use std::collections::VecDeque;

use parking_lot::{Condvar, Mutex};
use tokio::sync::{Notify, futures::Notified, watch};

use crate::batch::{Member, Members};

/// What waits for the writer. Bounded: who finds it full is told at once.
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

    /// All or none. `false` when there is no room.
    pub(crate) fn messages(&self, count: usize, members: impl Iterator<Item = Box<dyn Member>>) -> bool {
        let mut waiting = self.waiting.lock();
        if waiting.closed || (waiting.messages.len() + count > self.messages && !waiting.messages.is_empty()) {
            return false;
        }
        waiting.messages.extend(members);
        self.filled.notify_one();
        true
    }

    /// What waits, up to a batch, messages first: what was accepted is finished before more is accepted. Blocks while
    /// there is nothing; none once the queue is closed and empty.
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
        let Waiting { messages: handled, requests: pending, .. } = &mut *waiting;
        let members = handled.drain(..messages).chain(pending.drain(..requests)).collect();
        self.drained.notify_waiters();
        Some(members)
    }

    /// Completes when something was taken out after this call.
    pub(crate) fn drained(&self) -> Notified<'_> {
        self.drained.notified()
    }

    /// How much waits: messages, requests.
    pub(crate) fn depth(&self) -> (usize, usize) {
        let waiting = self.waiting.lock();
        (waiting.messages.len(), waiting.requests.len())
    }

    /// Nothing more is taken in; what waits is still handed out.
    pub(crate) fn close(&self) {
        self.waiting.lock().closed = true;
        self.filled.notify_all();
        self.ended.send_replace(true);
    }

    /// Forgets what waits, as a crash does.
    pub(crate) fn abandon(&self) {
        let mut waiting = self.waiting.lock();
        waiting.closed = true;
        let forgotten = (std::mem::take(&mut waiting.messages), std::mem::take(&mut waiting.requests));
        drop(waiting);
        self.ended.send_replace(true);
        drop(forgotten);
    }

    /// Returns once nothing more is taken in.
    pub(crate) async fn ended(&self) {
        // The sender lives as long as this queue does.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.waiting.lock().closed
    }
}
