//! Exactly once: the effect of a message and its position are kept in one transaction, or neither is.

use std::sync::Arc;

use boxoffice_clock::Timestamp;
use boxoffice_envelope::Message;
use boxoffice_outbox::{Backoff, Cursor, LOG, LogHead, Positioned, Retry, RetryState};
use uuid::Uuid;

use crate::{
    Moment, Need, World,
    batch::{Fault, Member},
    follower::Ear,
    reactions::{Reactions, Reading},
};

/// One message of a log, in its turn.
pub(crate) struct Hearing {
    service: &'static str,
    ear: Arc<Ear>,
    messages: Arc<[Positioned]>,
    index: usize,
    reactions: Arc<Reactions>,
    reading: Reading,
    backoff: Backoff,
    /// Whether its effect is in the data, or in the world of this batch.
    heard: bool,
}

impl Hearing {
    pub(crate) fn new(
        service: &'static str,
        ear: Arc<Ear>,
        (messages, index): (Arc<[Positioned]>, usize),
        reactions: Arc<Reactions>,
        backoff: Backoff,
    ) -> Self {
        Self { service, ear, messages, index, reactions, reading: Reading::Unread, backoff, heard: false }
    }

    fn at(&self) -> &Positioned {
        &self.messages[self.index]
    }

    /// Why the message is put aside; none when its effect is in the world.
    fn react(&self, world: &mut World, moment: &Moment) -> Option<(RetryState, String)> {
        if matches!(self.reading, Reading::Nothing) {
            return None;
        }
        let Positioned { message, .. } = self.at();
        let source = self.ear.source();
        if world.rows::<Retry>().any(|retry| retry.source == source && retry.message_key == message.key) {
            return Some((RetryState::Behind, "an earlier message of its key waits".into()));
        }
        let error = self.reading.decide(world, moment).err()?;
        Some((RetryState::Waiting, error))
    }
}

impl Member for Hearing {
    fn needs(&mut self, need: &mut Need<'_>) {
        need.row::<Cursor>(self.ear.source().to_owned());
        if need.row::<LogHead>(LOG.to_owned()).is_some_and(|head| head.waiting > 0) {
            need.find::<Retry>(&["message_key"], &self.at().message.key);
        }
        self.reading.read(&self.reactions, &self.messages[self.index].message);
        self.reading.needs(need);
    }

    fn decide(&mut self, world: &mut World, moment: &mut Moment) {
        let source = self.ear.source().to_owned();
        let position = self.at().position;
        let heard = world.get::<Cursor>(source.clone()).map_or(self.ear.start(), |cursor| cursor.position);
        self.heard = position <= heard + 1;
        // Heard before; or, after a failure, not yet in its turn: the follower brings it again.
        if position != heard + 1 {
            return;
        }
        let message = &self.at().message;
        moment.origin = message.consequence(self.service);
        if let Some((state, error)) = self.react(world, moment) {
            let (state, due) = schedule(state, 1, moment, self.backoff);
            report(self.service, message, state, &error);
            let attempts = i64::from(state != RetryState::Behind);
            world.insert(Retry::of(position, message, (state, attempts, due), error));
            waiting(world, 1);
        }
        match world.edit::<Cursor>(source.clone()) {
            Some(cursor) => cursor.position = position,
            None => world.insert(Cursor { source, log_id: self.ear.log_id(), position, version: 1 }),
        }
    }

    fn blame(&mut self, why: &str) -> bool {
        self.reading.blame(why)
    }

    fn hears(&self) -> Option<&str> {
        Some(&self.at().message.kind)
    }

    fn finish(self: Box<Self>, outcome: Result<(), &Fault>) {
        match outcome {
            Ok(()) if self.heard => self.ear.heard(self.at().position),
            Ok(()) => {}
            Err(_) => self.ear.failed(),
        }
    }
}

/// A message that was put aside, in its next try.
pub(crate) struct Again {
    pub(crate) service: &'static str,
    pub(crate) key: (String, i64),
    pub(crate) reactions: Arc<Reactions>,
    pub(crate) backoff: Backoff,
    pub(crate) reading: Reading,
}

impl Member for Again {
    fn needs(&mut self, need: &mut Need<'_>) {
        let Some(retry) = need.row::<Retry>(self.key.clone()) else { return };
        need.find::<Retry>(&["message_key"], &retry.message_key);
        self.reading.read(&self.reactions, &retry.message());
        self.reading.needs(need);
    }

    fn decide(&mut self, world: &mut World, moment: &mut Moment) {
        let Some(retry) = world.get::<Retry>(self.key.clone()).cloned() else { return };
        if retry.state != RetryState::Waiting || retry.due_at > moment.now {
            return;
        }
        let message = retry.message();
        moment.origin = message.consequence(self.service);
        match self.reading.decide(world, moment) {
            Ok(()) => settle(world, &retry, moment.now),
            Err(error) => {
                let attempts = retry.attempts + 1;
                let (state, due) = schedule(RetryState::Waiting, attempts, moment, self.backoff);
                report(self.service, &message, state, &error);
                let row = world.edit::<Retry>(self.key.clone()).expect("it was there a moment ago");
                (row.state, row.attempts, row.due_at, row.error) = (state, attempts, due, error);
                world.nudge(crate::retries::RETRY, Uuid::nil());
            }
        }
    }

    fn blame(&mut self, why: &str) -> bool {
        self.reading.blame(why)
    }

    fn finish(self: Box<Self>, _: Result<(), &Fault>) {}
}

/// The message is done with: whoever waited behind it is next.
pub(crate) fn settle(world: &mut World, retry: &Retry, now: Timestamp) {
    world.delete::<Retry>((retry.source.clone(), retry.position));
    waiting(world, -1);
    let behind = world.find::<Retry>(&["message_key"], &retry.message_key).into_iter();
    let next = behind
        .filter(|other| other.source == retry.source && other.position > retry.position)
        .min_by_key(|other| other.position)
        .filter(|other| other.state == RetryState::Behind)
        .map(|other| other.position);
    if let Some(position) = next {
        let next = world.edit::<Retry>((retry.source.clone(), position)).expect("it was found a moment ago");
        (next.state, next.due_at) = (RetryState::Waiting, now);
    }
    world.nudge(crate::retries::RETRY, Uuid::nil());
}

/// There are so many more messages put aside.
pub(crate) fn waiting(world: &mut World, more: i64) {
    let head =
        world.edit::<LogHead>(LOG.to_owned()).expect("a writer makes the head of its log before its first batch");
    head.waiting += more;
    world.nudge(crate::retries::RETRY, Uuid::nil());
}

fn schedule(state: RetryState, attempts: i64, moment: &Moment, backoff: Backoff) -> (RetryState, Timestamp) {
    match (state, backoff.wait(attempts, moment.fraction())) {
        (RetryState::Waiting, Some(wait)) => (RetryState::Waiting, moment.now.plus(wait)),
        (RetryState::Waiting, None) => (RetryState::Dead, moment.now),
        (other, _) => (other, moment.now),
    }
}

fn report(service: &str, message: &Message, state: RetryState, error: &str) {
    let Message { id, kind, key, .. } = message;
    let correlation = &message.origin.correlation;
    if state == RetryState::Dead {
        metrics::counter!("dead_letters_total", "service" => service.to_owned()).increment(1);
        tracing::error!(service, %id, %kind, %key, %correlation, error, "a message is parked: it failed too often");
    } else {
        tracing::debug!(service, %id, %kind, %key, %correlation, error, "a message is tried again later");
    }
}
