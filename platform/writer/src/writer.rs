use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
    thread::{self, JoinHandle},
};

use boxoffice_clock::{Clock, Entropy, Stopwatch};
use boxoffice_database::{Database, Error, Session};
use boxoffice_envelope::{Message, Origin};
use boxoffice_outbox::{Backoff, LOG, LogEntry, LogHead};
use parking_lot::{Mutex, MutexGuard, RwLock};
use tokio::sync::oneshot;

use crate::{
    Command, CrashProbe, Failure, HandlerRefusal, Reactions, ReplayOutcome, Signal,
    batch::{BatchRunner, Committed, Crash, Member},
    consumer::{Offered, Subscription},
    delivery::{Delivery, Redelivery},
    metrics::WriterMetrics,
    queue::{Queue, QueueError},
    reactions::Handling,
    replay::{HandleMessage, ReplayMessage},
    request::Request,
    row_set::by_key,
};

/// The one way to change a service's data. Cheap to clone.
#[derive(Clone)]
pub struct Writer(Arc<Inner>);

/// How much a writer takes on.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Members of one batch.
    pub batch: usize,
    /// Requests that may wait; one more is [`Failure::Busy`].
    pub requests: usize,
    /// Messages that may wait; more stay in the log of their source.
    pub messages: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { batch: 256, requests: 2048, messages: 8192 }
    }
}

/// What a writer is made of.
pub struct WriterParts {
    /// The service whose data it writes.
    pub service: &'static str,
    /// Where.
    pub database: Database,
    /// What the service does when it hears from others.
    pub reactions: Reactions,
    /// The time of every batch.
    pub clock: Clock,
    /// Ids and randomness.
    pub entropy: Entropy,
    /// How much it takes on.
    pub limits: Limits,
    /// When a message that failed is tried again.
    pub backoff: Backoff,
    /// PendingLookup around every commit; none outside tests.
    pub probe: Option<CrashProbe>,
}

type CommitListener = Box<dyn Fn(&Arc<[LogEntry]>) + Send + Sync>;
type SignalListener = Box<dyn Fn(Signal) + Send + Sync>;

struct Inner {
    service: &'static str,
    database: Database,
    reactions: Arc<Reactions>,
    clock: Clock,
    backoff: Backoff,
    queue: Queue,
    /// Held during each batch, so that whoever takes it sees the data between two.
    turn: Mutex<()>,
    commit_listeners: RwLock<Vec<CommitListener>>,
    signal_listener: OnceLock<SignalListener>,
    retry: tokio::sync::Notify,
    metrics: WriterMetrics,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the writer's thread.
    ///
    /// # Errors
    /// When the database gives no connection or no thread can be had.
    pub fn start(parts: WriterParts) -> Result<Self, Error> {
        let WriterParts { service, database, reactions, clock, entropy, limits, backoff, probe } = parts;
        let mut session = database.session()?;
        make_head(session.as_mut(), &clock, &entropy)?;
        let batches = BatchRunner { service, session, clock: clock.clone(), entropy, probe };
        let inner = Arc::new(Inner {
            service,
            database,
            reactions: Arc::new(reactions),
            clock,
            backoff,
            queue: Queue::new(limits.batch, limits.requests, limits.messages),
            turn: Mutex::default(),
            commit_listeners: RwLock::default(),
            signal_listener: OnceLock::new(),
            retry: tokio::sync::Notify::new(),
            metrics: WriterMetrics::of(service),
            thread: Mutex::default(),
        });
        let worker = inner.clone();
        let thread = thread::Builder::new()
            .name(format!("{service}-writer"))
            .spawn(move || worker.work(batches))
            .map_err(|e| Error::Engine(e.to_string()))?;
        *inner.thread.lock() = Some(thread);
        Ok(Self(inner))
    }

    /// Does `command` on behalf of `origin`; returns once it is durable, or refused.
    ///
    /// # Errors
    /// See [`Failure`]; only after [`Failure::Unknown`] can there have been an effect.
    pub async fn run<C: Command>(&self, origin: Origin, command: C) -> Result<C::Answer, Failure<C::Refusal>> {
        let (answer, answered) = oneshot::channel();
        let request = Request { command, origin, panicked: None, decided: None, answer };
        match self.0.queue.request(Box::new(request)) {
            Ok(()) => {}
            Err(QueueError::Closed) => return Err(Failure::Unavailable("the writer has ended".into())),
            Err(QueueError::Full) => {
                self.0.metrics.rejected.increment(1);
                return Err(Failure::Busy);
            }
        }
        answered.await.unwrap_or(Err(Failure::Unknown))
    }

    /// Does what the service does when it hears `message`, with no cursor moved and nothing remembered: what a
    /// repeated, early or late delivery amounts to.
    ///
    /// # Errors
    /// The text of the refusal.
    pub async fn handle(&self, message: &Message) -> Result<(), String> {
        let reaction = self.0.reactions.to(message).unwrap_or_else(|| Err("nobody listens".into()))?;
        let origin = message.caused_origin(self.0.service);
        self.run(origin, HandleMessage(reaction)).await.map(drop).map_err(|failure| failure.to_string())
    }

    /// Hears a message of another service's log once more, in its turn: what has not been heard, or was put aside,
    /// comes by itself and is left alone. No cursor moves.
    ///
    /// # Errors
    /// See [`Failure`]; what is refused is not put aside.
    pub async fn replay(&self, published: &LogEntry) -> Result<ReplayOutcome, Failure<HandlerRefusal>> {
        let reaction = match self.0.reactions.to(&published.message) {
            None => return Ok(ReplayOutcome::NoHandler),
            Some(read) => read.map_err(|why| Failure::Refused(HandlerRefusal(why)))?,
        };
        self.run(published.message.caused_origin(self.0.service), ReplayMessage::new(published, reaction)).await
    }

    /// `observe` is told of every [`Signal`] after its commit, on the writer's thread: it must not block. Set once.
    pub fn on_signal(&self, on_signal: impl Fn(Signal) + Send + Sync + 'static) {
        assert!(self.0.signal_listener.set(Box::new(on_signal)).is_ok(), "a writer has one observer");
    }

    /// Waits for the end of the batch under way and keeps the next one from starting until the guard is dropped.
    pub fn pause(&self) -> Paused<'_> {
        Paused { _turn: self.0.turn.lock() }
    }

    /// The service whose data it writes.
    pub fn service(&self) -> &'static str {
        self.0.service
    }

    /// The database that it writes to.
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// The clock of its batches.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// What the service does when it hears from others.
    pub fn reactions(&self) -> &Reactions {
        &self.0.reactions
    }

    /// How much waits: messages, requests.
    pub fn depth(&self) -> (usize, usize) {
        self.0.queue.depth()
    }

    /// Whether it takes nothing more in.
    pub fn is_closed(&self) -> bool {
        self.0.queue.is_closed()
    }

    /// Takes nothing more in, finishes what waits, and ends its thread. Blocks until then.
    pub fn stop(&self) {
        self.0.queue.close();
        let thread = self.0.thread.lock().take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!(service = self.0.service, "the writer's thread had panicked");
        }
        // Neighbors that listen to each other would keep each other alive.
        self.0.commit_listeners.write().clear();
    }

    /// Returns once it takes nothing more in.
    pub(crate) async fn ended(&self) {
        self.0.queue.ended().await;
    }

    /// Completes when there is more room in the queue than at this call.
    pub(crate) fn drained(&self) -> tokio::sync::futures::Notified<'_> {
        self.0.queue.drained()
    }

    /// From here on `ear` is one of this writer's.
    pub(crate) fn subscribe(&self, subscription: Arc<Subscription>) {
        self.0.metrics.watch(subscription);
    }

    pub(crate) fn on_commit(&self, on_commit: CommitListener) {
        self.0.commit_listeners.write().push(on_commit);
    }

    /// Queues messages of a log. Those that could not be queued are brought later by the follower.
    pub(crate) fn deliver(&self, subscription: &Arc<Subscription>, messages: &Arc<[LogEntry]>) -> Offered {
        let inner = &self.0;
        subscription.offer(messages, |skip| {
            inner.queue.messages(
                messages.len() - skip,
                (skip..messages.len()).map(|index| {
                    let at = (messages.clone(), index);
                    Box::new(Delivery::new(
                        inner.service,
                        subscription.clone(),
                        at,
                        inner.reactions.clone(),
                        inner.backoff,
                    )) as Box<dyn Member>
                }),
            )
        })
    }

    /// Queues the next try of a message that was put aside.
    pub(crate) fn redeliver(&self, key: (String, i64)) {
        let inner = &self.0;
        let member = Redelivery {
            service: inner.service,
            key,
            reactions: inner.reactions.clone(),
            backoff: inner.backoff,
            handling: Handling::default(),
        };
        inner.queue.messages(1, std::iter::once(Box::new(member) as Box<dyn Member>));
    }

    /// Returns when something about the messages put aside has changed.
    pub(crate) async fn retries_changed(&self) {
        self.0.retry.notified().await;
    }
}

/// A writer between two batches, for as long as this lives.
pub struct Paused<'w> {
    _turn: MutexGuard<'w, ()>,
}

impl Inner {
    fn work(&self, mut batches: BatchRunner) {
        let ran = catch_unwind(AssertUnwindSafe(|| {
            while let Some(members) = self.queue.take() {
                let (count, watch) = (members.len(), Stopwatch::start());
                let turn = self.turn.lock();
                batches.run(members, &mut |committed| self.after_commit(committed));
                drop(turn);
                self.metrics.on_commit(count, watch.elapsed(), &self.queue);
            }
        }));
        if let Err(panic) = ran {
            // Members of other threads wait for answers that will not come: dropping them tells so.
            self.queue.abandon();
            if !panic.is::<Crash>() {
                tracing::error!(
                    service = self.service,
                    "the writer panicked: aborting rather than going on half alive"
                );
                std::process::abort();
            }
        }
    }

    fn after_commit(&self, committed: Committed) {
        if !committed.published.is_empty() {
            let published: Arc<[LogEntry]> = committed.published.into();
            self.commit_listeners.read().iter().for_each(|on_commit| on_commit(&published));
        }
        for signal in committed.signals {
            if signal.name == crate::retries::RETRY_SIGNAL {
                self.retry.notify_one();
            } else if let Some(on_signal) = self.signal_listener.get() {
                on_signal(signal);
            }
        }
    }
}

/// Makes the head of the log in a database that has none.
fn make_head(session: &mut dyn Session, clock: &Clock, entropy: &Entropy) -> Result<(), Error> {
    session.begin()?;
    let head = session.load(&[by_key::<LogHead>(&LOG.to_owned())])?;
    if head.iter().any(|records| !records.is_empty()) {
        session.rollback();
        return Ok(());
    }
    let now = clock.now();
    let row = LogHead {
        name: LOG.to_owned(),
        log_id: entropy.uuid(now),
        last_position: 0,
        deferred_count: 0,
        batch_id: entropy.uuid(now),
        version: 1,
    };
    let values = boxoffice_database::Row::values(&row);
    session.commit(&[boxoffice_database::Change::Insert { table: <LogHead as boxoffice_database::Row>::TABLE, values }])
}
