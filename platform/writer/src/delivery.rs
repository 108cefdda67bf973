//! Exactly-once effects: the writer commits the effect of a message and its position in one transaction.

use std::sync::Arc;

use boxoffice_clock::Timestamp;
use boxoffice_envelope::Message;
use boxoffice_outbox::{Backoff, Cursor, DeferredMessage, DeferredState, LOG, LogEntry, LogHead};

use crate::{
    batch::{BatchError, Member},
    context::CommandContext,
    reactions::{Handling, Reactions},
    read_set::ReadSet,
    subscription::Subscription,
    unit_of_work::UnitOfWork,
};

/// The first delivery of a message, in the order of its log.
pub(crate) struct Delivery {
    service: &'static str,
    subscription: Arc<Subscription>,
    messages: Arc<[LogEntry]>,
    index: usize,
    reactions: Arc<Reactions>,
    handling: Handling,
    backoff: Backoff,
    /// Whether the message is consumed once this batch is committed.
    is_consumed: bool,
}

impl Delivery {
    pub(crate) fn new(
        service: &'static str,
        subscription: Arc<Subscription>,
        (messages, index): (Arc<[LogEntry]>, usize),
        reactions: Arc<Reactions>,
        backoff: Backoff,
    ) -> Self {
        let handling = Handling::Unread;
        Self { service, subscription, messages, index, reactions, handling, backoff, is_consumed: false }
    }

    fn entry(&self) -> &LogEntry {
        &self.messages[self.index]
    }

    /// Runs the handler. Returns why the message is deferred; `None` when its effect is in `work`.
    fn handle(&self, work: &mut UnitOfWork, context: &CommandContext) -> Option<(DeferredState, String)> {
        if matches!(self.handling, Handling::NoHandler) {
            return None;
        }
        let message = &self.entry().message;
        let source = self.subscription.source();
        let is_blocked = work
            .rows::<DeferredMessage>()
            .any(|deferred| deferred.source == source && deferred.message_key == message.key);
        if is_blocked {
            return Some((DeferredState::Blocked, "an earlier message of the same key is deferred".into()));
        }
        let error = self.handling.decide(work, context).err()?;
        Some((DeferredState::Deferred, error))
    }
}

impl Member for Delivery {
    fn read_set(&mut self, reads: &mut ReadSet<'_>) {
        reads.row::<Cursor>(self.subscription.source().to_owned());
        if reads.row::<LogHead>(LOG.to_owned()).is_some_and(|head| head.deferred_count > 0) {
            reads.find::<DeferredMessage>(&["message_key"], &self.entry().message.key);
        }
        self.handling.read(&self.reactions, &self.messages[self.index].message);
        self.handling.read_set(reads);
    }

    fn decide(&mut self, work: &mut UnitOfWork, context: &mut CommandContext) {
        let source = self.subscription.source().to_owned();
        let position = self.entry().position;
        let consumed = work.get::<Cursor>(source.clone()).map_or(self.subscription.start(), |cursor| cursor.position);
        self.is_consumed = position <= consumed + 1;
        // Either consumed before, or, after a failed batch, out of turn: then the consumer delivers it again.
        if position != consumed + 1 {
            return;
        }
        let message = &self.entry().message;
        context.origin = message.caused_origin(self.service);
        if let Some((state, error)) = self.handle(work, context) {
            let (state, due_at) = schedule(state, 1, context, self.backoff);
            report(self.service, message, state, &error);
            let attempts = i64::from(state != DeferredState::Blocked);
            work.insert(DeferredMessage::of(position, message, (state, attempts, due_at), error));
            work.count_deferred(1);
        }
        match work.edit::<Cursor>(source.clone()) {
            Some(cursor) => cursor.position = position,
            None => work.insert(Cursor { source, log_id: self.subscription.log_id(), position, version: 1 }),
        }
    }

    fn fail_with(&mut self, why: &str) -> bool {
        self.handling.fail_with(why)
    }

    fn consumes(&self) -> Option<&str> {
        Some(&self.entry().message.kind)
    }

    fn complete(self: Box<Self>, outcome: Result<(), &BatchError>) {
        match outcome {
            Ok(()) if self.is_consumed => self.subscription.consumed(self.entry().position),
            Ok(()) => {}
            Err(_) => self.subscription.failed(),
        }
    }
}

/// A later delivery of a message that is deferred.
pub(crate) struct Redelivery {
    pub(crate) service: &'static str,
    /// Source and position of the message.
    pub(crate) key: (String, i64),
    pub(crate) reactions: Arc<Reactions>,
    pub(crate) backoff: Backoff,
    pub(crate) handling: Handling,
}

impl Member for Redelivery {
    fn read_set(&mut self, reads: &mut ReadSet<'_>) {
        let Some(deferred) = reads.row::<DeferredMessage>(self.key.clone()) else { return };
        reads.find::<DeferredMessage>(&["message_key"], &deferred.message_key);
        self.handling.read(&self.reactions, &deferred.message());
        self.handling.read_set(reads);
    }

    fn decide(&mut self, work: &mut UnitOfWork, context: &mut CommandContext) {
        let Some(deferred) = work.get::<DeferredMessage>(self.key.clone()).cloned() else { return };
        if deferred.state != DeferredState::Deferred || deferred.due_at > context.now {
            return;
        }
        let message = deferred.message();
        context.origin = message.caused_origin(self.service);
        match self.handling.decide(work, context) {
            Ok(()) => work.settle(&deferred, context.now),
            Err(error) => {
                let attempts = deferred.attempts + 1;
                let (state, due_at) = schedule(DeferredState::Deferred, attempts, context, self.backoff);
                report(self.service, &message, state, &error);
                work.update(DeferredMessage { state, attempts, due_at, error, ..deferred });
                work.signal_retry();
            }
        }
    }

    fn fail_with(&mut self, why: &str) -> bool {
        self.handling.fail_with(why)
    }

    fn complete(self: Box<Self>, _: Result<(), &BatchError>) {}
}

/// The state after `attempts` failed attempts, and the time of the next one.
fn schedule(
    state: DeferredState,
    attempts: i64,
    context: &CommandContext,
    backoff: Backoff,
) -> (DeferredState, Timestamp) {
    match (state, backoff.next_delay(attempts, context.fraction())) {
        (DeferredState::Deferred, Some(delay)) => (DeferredState::Deferred, context.now.plus(delay)),
        (DeferredState::Deferred, None) => (DeferredState::DeadLettered, context.now),
        (other, _) => (other, context.now),
    }
}

fn report(service: &str, message: &Message, state: DeferredState, error: &str) {
    let Message { id, kind, key, .. } = message;
    let correlation_id = &message.origin.correlation_id;
    if state == DeferredState::DeadLettered {
        metrics::counter!("boxoffice_dead_letters_total", "service" => service.to_owned()).increment(1);
        tracing::error!(
            service, %id, %kind, %key, %correlation_id, error,
            "message dead-lettered: all attempts failed; replay or discard it"
        );
    } else {
        tracing::debug!(service, %id, %kind, %key, %correlation_id, error, "message deferred");
    }
}
