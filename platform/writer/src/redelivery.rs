//! A message once more, outside its turn: no cursor moves and nothing is remembered.

use boxoffice_outbox::{Cursor, LOG, LogHead, Positioned, Retry};
use uuid::Uuid;

use crate::{Command, Moment, Need, Reaction, World};

/// What came of a message that was delivered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redelivered {
    /// The service changed something, or said something.
    Changed,
    /// It found everything done.
    Unchanged,
    /// The service does nothing about messages of this kind.
    NobodyListens,
    /// Its turn has not come, or an earlier message of its key was put aside: it comes by itself.
    NotItsTurn,
}

/// A refusal whose type is gone.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ReactionRefused(pub(crate) String);

/// A reaction as a request.
pub(crate) struct React(pub(crate) Box<dyn Reaction>);

impl Command for React {
    type Answer = Redelivered;
    type Refusal = ReactionRefused;

    fn needs(&self, need: &mut Need<'_>) {
        self.0.needs(need);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<Redelivered, ReactionRefused> {
        self.0.decide(world, moment).map_err(ReactionRefused)?;
        Ok(if world.is_touched() { Redelivered::Changed } else { Redelivered::Unchanged })
    }
}

/// A message of a log that was heard before, once more. It passes the gate that every message passes: what has not
/// been heard, or waits behind another, is left alone, so that none overtakes an earlier one of its key.
pub(crate) struct HearAgain {
    source: String,
    position: i64,
    key: Uuid,
    react: React,
}

impl HearAgain {
    pub(crate) fn new(Positioned { position, message }: &Positioned, reaction: Box<dyn Reaction>) -> Self {
        let (source, key) = (message.source.clone().into_owned(), message.key);
        Self { source, position: *position, key, react: React(reaction) }
    }
}

impl Command for HearAgain {
    type Answer = Redelivered;
    type Refusal = ReactionRefused;

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Cursor>(self.source.clone());
        if need.row::<LogHead>(LOG.to_owned()).is_some_and(|head| head.waiting > 0) {
            need.find::<Retry>(&["message_key"], &self.key);
        }
        Command::needs(&self.react, need);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<Redelivered, ReactionRefused> {
        let heard = world.get::<Cursor>(self.source.clone()).map_or(0, |cursor| cursor.position);
        let is_aside = world.rows::<Retry>().any(|retry| {
            retry.source == self.source && retry.message_key == self.key && retry.position <= self.position
        });
        if self.position > heard || is_aside {
            return Ok(Redelivered::NotItsTurn);
        }
        Command::decide(&self.react, world, moment)
    }
}
