//! Exactly once: the effect of a message and its position are kept in one transaction, or neither is.

use std::sync::Arc;

use boxoffice_clock::Timestamp;
use boxoffice_envelope::Message;
use boxoffice_outbox::{Backoff, Cursor, DeferredMessage, DeferredState, LOG, LogEntry, LogHead};
use uuid::Uuid;

use crate::{
    CommandContext, ReadSet, UnitOfWork,
    batch::{BatchError, Member},
    consumer::Subscription,
    reactions::{Handling, Reactions},
};

/// One message of a log, in its turn.
pub(crate) struct Delivery {
    service: &'static str,
    subscription: Arc<Subscription>,
    messages: Arc<[LogEntry]>,
    index: usize,
    reactions: Arc<Reactions>,
    handling: Handling,
    backoff: Backoff,
    /// Whether its effect is in the data, or in the world of this batch.
    handled: bool,
}

impl Delivery {
    pub(crate) fn new(
        service: &'static str,
        subscription: Arc<Subscription>,
        (messages, index): (Arc<[LogEntry]>, usize),
        reactions: Arc<Reactions>,
        backoff: Backoff,
    ) -> Self {
        Self { service, subscription, messages, index, reactions, handling: Handling::Unread, backoff, handled: false }
    }

    fn at(&self) -> &LogEntry {
        &self.messages[self.index]
    }

    /// Why the message is put aside; none when its effect is in the world.
    fn handle(&self, work: &mut UnitOfWork, context: &CommandContext) -> Option<(DeferredState, String)> {
        if matches!(self.handling, Handling::Nothing) {
            return None;
        }
        let LogEntry { message, .. } = self.at();
        let source = self.subscription.source();
        if work.rows::<DeferredMessage>().any(|retry| retry.source == source && retry.message_key == message.key) {
            return Some((DeferredState::Blocked, "an earlier message of its key waits".into()));
        }
        let error = self.handling.decide(work, context).err()?;
        Some((DeferredState::Deferred, error))
    }
}

impl Member for Delivery {
    fn read_set(&mut self, reads: &mut ReadSet<'_>) {
        reads.row::<Cursor>(self.subscription.source().to_owned());
        if reads.row::<LogHead>(LOG.to_owned()).is_some_and(|head| head.deferred_count > 0) {
            reads.find::<DeferredMessage>(&["message_key"], &self.at().message.key);
        }
        self.handling.read(&self.reactions, &self.messages[self.index].message);
        self.handling.read_set(reads);
    }

    fn decide(&mut self, work: &mut UnitOfWork, context: &mut CommandContext) {
        let source = self.subscription.source().to_owned();
        let position = self.at().position;
        let handled = work.get::<Cursor>(source.clone()).map_or(self.subscription.start(), |cursor| cursor.position);
        self.handled = position <= handled + 1;
        // Heard before; or, after a failure, not yet in its turn: the follower brings it again.
        if position != handled + 1 {
            return;
        }
        let message = &self.at().message;
        context.origin = message.caused_origin(self.service);
        if let Some((state, error)) = self.handle(work, context) {
            let (state, due) = schedule(state, 1, context, self.backoff);
            report(self.service, message, state, &error);
            let attempts = i64::from(state != DeferredState::Blocked);
            work.insert(DeferredMessage::of(position, message, (state, attempts, due), error));
            waiting(work, 1);
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
        Some(&self.at().message.kind)
    }

    fn complete(self: Box<Self>, outcome: Result<(), &BatchError>) {
        match outcome {
            Ok(()) if self.handled => self.subscription.handled(self.at().position),
            Ok(()) => {}
            Err(_) => self.subscription.failed(),
        }
    }
}

/// A message that was put aside, in its next try.
pub(crate) struct Redelivery {
    pub(crate) service: &'static str,
    pub(crate) key: (String, i64),
    pub(crate) reactions: Arc<Reactions>,
    pub(crate) backoff: Backoff,
    pub(crate) handling: Handling,
}

impl Member for Redelivery {
    fn read_set(&mut self, reads: &mut ReadSet<'_>) {
        let Some(retry) = reads.row::<DeferredMessage>(self.key.clone()) else { return };
        reads.find::<DeferredMessage>(&["message_key"], &retry.message_key);
        self.handling.read(&self.reactions, &retry.message());
        self.handling.read_set(reads);
    }

    fn decide(&mut self, work: &mut UnitOfWork, context: &mut CommandContext) {
        let Some(retry) = work.get::<DeferredMessage>(self.key.clone()).cloned() else { return };
        if retry.state != DeferredState::Deferred || retry.due_at > context.now {
            return;
        }
        let message = retry.message();
        context.origin = message.caused_origin(self.service);
        match self.handling.decide(work, context) {
            Ok(()) => settle(work, &retry, context.now),
            Err(error) => {
                let attempts = retry.attempts + 1;
                let (state, due) = schedule(DeferredState::Deferred, attempts, context, self.backoff);
                report(self.service, &message, state, &error);
                let row = work.edit::<DeferredMessage>(self.key.clone()).expect("it was there a moment ago");
                (row.state, row.attempts, row.due_at, row.error) = (state, attempts, due, error);
                work.signal(crate::retries::RETRY_SIGNAL, Uuid::nil());
            }
        }
    }

    fn fail_with(&mut self, why: &str) -> bool {
        self.handling.fail_with(why)
    }

    fn complete(self: Box<Self>, _: Result<(), &BatchError>) {}
}

/// The message is done with: whoever waited behind it is next.
pub(crate) fn settle(work: &mut UnitOfWork, retry: &DeferredMessage, now: Timestamp) {
    work.delete::<DeferredMessage>((retry.source.clone(), retry.position));
    waiting(work, -1);
    let with_fault = work.find::<DeferredMessage>(&["message_key"], &retry.message_key).into_iter();
    let next = with_fault
        .filter(|other| other.source == retry.source && other.position > retry.position)
        .min_by_key(|other| other.position)
        .filter(|other| other.state == DeferredState::Blocked)
        .map(|other| other.position);
    if let Some(position) = next {
        let next = work.edit::<DeferredMessage>((retry.source.clone(), position)).expect("it was found a moment ago");
        (next.state, next.due_at) = (DeferredState::Deferred, now);
    }
    work.signal(crate::retries::RETRY_SIGNAL, Uuid::nil());
}

/// There are so many more messages put aside.
pub(crate) fn waiting(work: &mut UnitOfWork, more: i64) {
    let head = work.edit::<LogHead>(LOG.to_owned()).expect("a writer makes the head of its log before its first batch");
    head.deferred_count += more;
    work.signal(crate::retries::RETRY_SIGNAL, Uuid::nil());
}

fn schedule(
    state: DeferredState,
    attempts: i64,
    context: &CommandContext,
    backoff: Backoff,
) -> (DeferredState, Timestamp) {
    match (state, backoff.next_delay(attempts, context.fraction())) {
        (DeferredState::Deferred, Some(wait)) => (DeferredState::Deferred, context.now.plus(wait)),
        (DeferredState::Deferred, None) => (DeferredState::DeadLettered, context.now),
        (other, _) => (other, context.now),
    }
}

fn report(service: &str, message: &Message, state: DeferredState, error: &str) {
    let Message { id, kind, key, .. } = message;
    let correlation_id = &message.origin.correlation_id;
    if state == DeferredState::DeadLettered {
        metrics::counter!("boxoffice_dead_letters_total", "service" => service.to_owned()).increment(1);
        tracing::error!(service, %id, %kind, %key, %correlation_id, error, "a message is parked: it failed too often");
    } else {
        tracing::debug!(service, %id, %kind, %key, %correlation_id, error, "a message is tried again later");
    }
}
