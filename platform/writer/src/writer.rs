use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
    thread::{self, JoinHandle},
};

use boxoffice_clock::{Clock, Entropy, Stopwatch};
use boxoffice_database::{Change, Database, Error, Row, Session};
use boxoffice_envelope::{Message, Origin};
use boxoffice_outbox::{Backoff, LOG, LogEntry, LogHead};
use parking_lot::{Mutex, MutexGuard, RwLock};
use tokio::sync::oneshot;

use crate::{
    batch::{BatchRunner, Committed, Crash, CrashProbe, Member},
    command::{Command, Failure},
    deferral::RETRY_SIGNAL,
    delivery::{Delivery, Redelivery},
    metrics::WriterMetrics,
    queue::{Queue, QueueError},
    reactions::{Handling, Reactions},
    replay::{HandleMessage, HandlerRefusal, ReplayMessage, ReplayOutcome},
    request::Request,
    row_set::by_key,
    subscription::{Offered, Subscription},
    unit_of_work::Signal,
};

/// The only way to change a service's data: a thread that runs commands and deliveries in batches, one transaction each.
///
/// Cheap to clone; all clones share one thread and one queue.
#[derive(Clone)]
pub struct Writer(Arc<Inner>);

/// Sizes of a writer's batches and queues.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Upper bound of the members of one batch.
    pub batch: usize,
    /// Upper bound of queued requests; one more fails with [`Failure::Busy`].
    pub requests: usize,
    /// Upper bound of queued messages; further ones stay in the log of their source.
    pub messages: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { batch: 256, requests: 2048, messages: 8192 }
    }
}

/// The parts of a [`Writer`], for [`Writer::start`].
pub struct WriterParts {
    /// Name of the service whose data it writes.
    pub service: &'static str,
    /// The database of the service.
    pub database: Database,
    /// The handlers of the service.
    pub reactions: Reactions,
    /// Gives every batch its time.
    pub clock: Clock,
    /// Source of ids and randomness of the commands.
    pub entropy: Entropy,
    /// Sizes of batches and queues.
    pub limits: Limits,
    /// Retry delays of failed deliveries.
    pub backoff: Backoff,
    /// Crash injection; `None` outside tests.
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
    /// Locked during each batch and by [`Writer::pause`].
    turn: Mutex<()>,
    commit_listeners: RwLock<Vec<CommitListener>>,
    signal_listener: OnceLock<SignalListener>,
    retry: tokio::sync::Notify,
    metrics: WriterMetrics,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread of the writer.
    ///
    /// # Errors
    /// When the database refuses a connection or the thread cannot be started.
    pub fn start(parts: WriterParts) -> Result<Self, Error> {
        let WriterParts { service, database, reactions, clock, entropy, limits, backoff, probe } = parts;
        let mut session = database.session()?;
        create_head(session.as_mut(), &clock, &entropy)?;
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

    /// Runs `command` on behalf of `origin`; returns once its changes are durable.
    ///
    /// # Errors
    /// See [`Failure`]: the command had no effect, except that after [`Failure::Unknown`] it may have had one.
    pub async fn run<C: Command>(&self, origin: Origin, command: C) -> Result<C::Answer, Failure<C::Refusal>> {
        let (answer, answered) = oneshot::channel();
        let request = Request { command, origin, panicked: None, decided: None, answer };
        match self.0.queue.request(Box::new(request)) {
            Ok(()) => {}
            Err(QueueError::Closed) => return Err(Failure::Unavailable("the writer has stopped".into())),
            Err(QueueError::Full) => {
                self.0.metrics.rejected.increment(1);
                return Err(Failure::Busy);
            }
        }
        answered.await.unwrap_or(Err(Failure::Unknown))
    }

    /// Runs the handler of `message` as a repeated, early or late delivery would: no cursor moves, and a failure is not
    /// deferred. For tests of handlers.
    ///
    /// # Errors
    /// The text of the failure.
    pub async fn handle(&self, message: &Message) -> Result<(), String> {
        let no_handler = || Err(format!("no handler is registered for {}", message.kind));
        let handler = self.0.reactions.handler_of(message).unwrap_or_else(no_handler)?;
        let origin = message.caused_origin(self.0.service);
        self.run(origin, HandleMessage(handler)).await.map(drop).map_err(|failure| failure.to_string())
    }

    /// Delivers a message of another service's log again, without moving the cursor. Messages that are not consumed yet,
    /// deferred or blocked are left to their own delivery, see [`ReplayOutcome::NotYetDelivered`].
    ///
    /// # Errors
    /// See [`Failure`]; a refusal is not deferred.
    pub async fn replay(&self, entry: &LogEntry) -> Result<ReplayOutcome, Failure<HandlerRefusal>> {
        let handler = match self.0.reactions.handler_of(&entry.message) {
            None => return Ok(ReplayOutcome::NoHandler),
            Some(read) => read.map_err(|why| Failure::Refused(HandlerRefusal(why)))?,
        };
        self.run(entry.message.caused_origin(self.0.service), ReplayMessage::new(entry, handler)).await
    }

    /// Calls `on_signal` with every [`Signal`], after its commit and on the thread of the writer: it must not block.
    ///
    /// # Panics
    /// When the writer has a listener already.
    pub fn on_signal(&self, on_signal: impl Fn(Signal) + Send + Sync + 'static) {
        assert!(self.0.signal_listener.set(Box::new(on_signal)).is_ok(), "a writer has one signal listener");
    }

    /// Waits for the end of the present batch, and holds back the next one until the guard is dropped. Blocks.
    pub fn pause(&self) -> Paused<'_> {
        Paused { _turn: self.0.turn.lock() }
    }

    /// Name of the service whose data it writes.
    pub fn service(&self) -> &'static str {
        self.0.service
    }

    /// The database of the service, for reads.
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// The clock that gives its batches their time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The handlers of the service.
    pub fn reactions(&self) -> &Reactions {
        &self.0.reactions
    }

    /// The number of queued messages and of queued requests.
    pub fn depth(&self) -> (usize, usize) {
        self.0.queue.depth()
    }

    /// Whether the writer has stopped or crashed: it accepts no more work.
    pub fn is_closed(&self) -> bool {
        self.0.queue.is_closed()
    }

    /// Stops the writer: it refuses new work and finishes what is queued. Blocks until its thread has ended.
    pub fn stop(&self) {
        self.0.queue.close();
        let thread = self.0.thread.lock().take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!(service = self.0.service, "the thread of the writer panicked before it stopped");
        }
        // Two services that consume each other would otherwise keep each other alive.
        self.0.commit_listeners.write().clear();
    }

    /// Returns once the writer accepts no more work.
    pub(crate) async fn ended(&self) {
        self.0.queue.ended().await;
    }

    /// Completes when the queue has more room than at this call.
    pub(crate) fn drained(&self) -> tokio::sync::futures::Notified<'_> {
        self.0.queue.drained()
    }

    /// Adds the lag of `subscription` to the metrics of this writer.
    pub(crate) fn subscribe(&self, subscription: Arc<Subscription>) {
        self.0.metrics.watch(subscription);
    }

    /// Calls `on_commit` with the messages of every later commit, on the thread of the writer.
    pub(crate) fn on_commit(&self, on_commit: CommitListener) {
        self.0.commit_listeners.write().push(on_commit);
    }

    /// Queues messages of a log. Messages that find no room stay in the log; the consumer delivers them later.
    pub(crate) fn deliver(&self, subscription: &Arc<Subscription>, messages: &Arc<[LogEntry]>) -> Offered {
        let inner = &self.0;
        subscription.offer(messages, |skip| {
            inner.queue.messages(
                messages.len() - skip,
                (skip..messages.len()).map(|index| {
                    let entry = (messages.clone(), index);
                    Box::new(Delivery::new(
                        inner.service,
                        subscription.clone(),
                        entry,
                        inner.reactions.clone(),
                        inner.backoff,
                    )) as Box<dyn Member>
                }),
            )
        })
    }

    /// Queues the next attempt of a deferred message, named by its source and position.
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

    /// Returns when a deferred message was added, changed or removed.
    pub(crate) async fn retries_changed(&self) {
        self.0.retry.notified().await;
    }
}

/// Holds a writer between two batches, until it is dropped.
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
            // Callers of queued members get `Failure::Unknown` when the members are dropped.
            self.queue.abandon();
            if !panic.is::<Crash>() {
                tracing::error!(service = self.service, "writer panicked outside a command: the process aborts");
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
            if signal.name == RETRY_SIGNAL {
                self.retry.notify_one();
            } else if let Some(on_signal) = self.signal_listener.get() {
                on_signal(signal);
            }
        }
    }
}

/// Creates the head of the log in a new database.
fn create_head(session: &mut dyn Session, clock: &Clock, entropy: &Entropy) -> Result<(), Error> {
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
    session.commit(&[Change::Insert { table: LogHead::TABLE, values: row.values() }])
}
