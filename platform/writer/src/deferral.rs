//! Changes of [`DeferredMessage`] rows that deliveries, operators' commands and services have in common.

use boxoffice_clock::Timestamp;
use boxoffice_envelope::{Event, Message};
use boxoffice_outbox::{DeferredMessage, DeferredState, LOG, LogHead};
use uuid::Uuid;

use crate::{context::CommandContext, unit_of_work::UnitOfWork};

/// The signal that a deferred message was added, changed or removed.
pub(crate) const RETRY_SIGNAL: &str = "retry";

/// The counter that numbers the dead letters which a service creates itself.
pub(crate) const DEAD_LETTERS: &str = "dead-letters";

impl UnitOfWork {
    /// Stores `event` as a dead letter of this service: one of its tasks has failed in every attempt, and an operator
    /// decides what follows.
    ///
    /// The event is not published. When an operator replays it, the handler of
    /// [`Reactions::on_dead_letter`](crate::Reactions::on_dead_letter) runs. Its position is a negative number of its own.
    ///
    /// # Panics
    /// When the read set lacks [`ReadSet::dead_letters`](crate::ReadSet::dead_letters).
    pub fn dead_letter<E: Event>(&mut self, event: &E, error: String, context: &CommandContext) {
        let message = Message::of(event, context.id(), context.now, context.origin.clone());
        let position = -self.next_number(DEAD_LETTERS);
        self.insert(DeferredMessage::of(position, &message, (DeferredState::DeadLettered, 0, context.now), error));
        self.count_deferred(1);
    }

    /// Adds `change` to the number of deferred messages, and wakes the retry task.
    pub(crate) fn count_deferred(&mut self, change: i64) {
        // A missing head fails the whole batch, when the writer assigns positions.
        if let Some(head) = self.edit::<LogHead>(LOG.to_owned()) {
            head.deferred_count += change;
        }
        self.signal_retry();
    }

    /// Wakes the retry task after the commit.
    pub(crate) fn signal_retry(&mut self) {
        self.signal(RETRY_SIGNAL, Uuid::nil());
    }

    /// Removes a deferred message that has had its effect or was discarded; the next one of its key becomes due.
    ///
    /// All deferred messages of its key must be in the read set.
    pub(crate) fn settle(&mut self, settled: &DeferredMessage, now: Timestamp) {
        self.delete::<DeferredMessage>((settled.source.clone(), settled.position));
        self.count_deferred(-1);
        let next = self
            .find::<DeferredMessage>(&["message_key"], &settled.message_key)
            .into_iter()
            .filter(|other| other.source == settled.source && other.position > settled.position)
            .min_by_key(|other| other.position)
            .filter(|other| other.state == DeferredState::Blocked)
            .cloned();
        if let Some(next) = next {
            self.update(DeferredMessage { state: DeferredState::Deferred, due_at: now, ..next });
        }
    }
}
