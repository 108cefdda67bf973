use std::collections::{BTreeMap, BTreeSet};

use boxoffice_envelope::{Event, Message};

use crate::{Command, Moment, Need, World};

/// What a service does when it hears from others: a table "when X happened, do Y", where each Y is a command.
///
/// A reaction must be right under any order, delay and repetition of its messages. One that refuses is tried again
/// later, so what comes too early refuses, and what comes too late or twice does nothing.
#[derive(Default)]
pub struct Reactions {
    by_kind: BTreeMap<&'static str, Entry>,
}

struct Entry {
    source: &'static str,
    read: Read,
}

type Read = Box<dyn Fn(&Message) -> Result<Box<dyn Reaction>, String> + Send + Sync>;

impl Reactions {
    /// When `E` happened, do what `command` makes of it.
    #[must_use]
    pub fn on<E: Event, C: Command>(mut self, command: impl Fn(E) -> C + Send + Sync + 'static) -> Self {
        let read = move |message: &Message| {
            let event = message.read::<E>().map_err(|e| format!("{} cannot be read: {e}", E::KIND))?;
            Ok(Box::new(command(event)) as Box<dyn Reaction>)
        };
        self.by_kind.insert(E::KIND, Entry { source: E::SOURCE, read: Box::new(read) });
        self
    }

    /// The services that are listened to.
    pub fn sources(&self) -> BTreeSet<&'static str> {
        self.by_kind.values().map(|entry| entry.source).collect()
    }

    /// The kinds of messages that are reacted to.
    pub fn kinds(&self) -> BTreeSet<&'static str> {
        self.by_kind.keys().copied().collect()
    }

    /// The reaction to a message; none when there is nothing to do.
    pub(crate) fn to(&self, message: &Message) -> Option<Result<Box<dyn Reaction>, String>> {
        self.by_kind.get(message.kind.as_ref()).map(|entry| (entry.read)(message))
    }
}

/// A command whose answer nobody waits for.
pub trait Reaction: Send {
    /// As [`Command::needs`].
    fn needs(&self, need: &mut Need<'_>);
    /// As [`Command::decide`].
    ///
    /// # Errors
    /// The refusal as text.
    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), String>;
}

impl<C: Command> Reaction for C {
    fn needs(&self, need: &mut Need<'_>) {
        Command::needs(self, need);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), String> {
        Command::decide(self, world, moment).map(drop).map_err(|refusal| refusal.to_string())
    }
}
