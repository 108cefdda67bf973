use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use boxoffice_envelope::{Event, Message};

use crate::{
    Command, CommandContext, ReadSet, UnitOfWork,
    batch::{guarded, shielded},
};

/// What a service does when it hears from others: a table "when X happened, do Y", where each Y is a command.
///
/// A reaction must be right under any order, delay and repetition of its messages. One that refuses is tried again
/// later, so what comes too early refuses, and what comes too late or twice does nothing.
#[derive(Default)]
pub struct Reactions {
    by_kind: BTreeMap<&'static str, Entry>,
    fault: Option<DeliveryFault>,
}

/// PendingLookup before every reaction, by tests: a text refuses the message this time, so that it is tried again later.
pub type DeliveryFault = Arc<dyn Fn(&Message) -> Option<String> + Send + Sync>;

struct Entry {
    /// The service whose log brings such messages; none for those that the service parks itself.
    source: Option<&'static str>,
    read: Read,
}

type Read = Box<dyn Fn(&Message) -> Result<Box<dyn Handler>, String> + Send + Sync>;

impl Reactions {
    /// When `E` happened, do what `command` makes of it.
    #[must_use]
    pub fn on<E: Event, C: Command>(self, command: impl Fn(E) -> C + Send + Sync + 'static) -> Self {
        self.with(Some(E::SOURCE), command)
    }

    /// When an operator replays an `E` that the service [parked](UnitOfWork::park) itself, do what `command` makes of it.
    /// Nobody says it, so no log is followed for it.
    #[must_use]
    pub fn on_dead_letter<E: Event, C: Command>(self, command: impl Fn(E) -> C + Send + Sync + 'static) -> Self {
        self.with(None, command)
    }

    fn with<E: Event, C: Command>(
        mut self,
        source: Option<&'static str>,
        command: impl Fn(E) -> C + Send + Sync + 'static,
    ) -> Self {
        let read = move |message: &Message| {
            let event = message.read::<E>().map_err(|e| format!("{} cannot be read: {e}", E::KIND))?;
            Ok(Box::new(command(event)) as Box<dyn Handler>)
        };
        self.by_kind.insert(E::KIND, Entry { source, read: Box::new(read) });
        self
    }

    /// The same, with something in the way.
    #[must_use]
    pub fn with_fault(mut self, fault: Option<DeliveryFault>) -> Self {
        self.fault = fault;
        self
    }

    /// The services that are listened to.
    pub fn sources(&self) -> BTreeSet<&'static str> {
        self.by_kind.values().filter_map(|entry| entry.source).collect()
    }

    /// The kinds of messages of others that are reacted to.
    pub fn kinds(&self) -> BTreeSet<&'static str> {
        self.by_kind.iter().filter(|(_, entry)| entry.source.is_some()).map(|(kind, _)| *kind).collect()
    }

    /// The reaction to a message; none when there is nothing to do.
    pub(crate) fn to(&self, message: &Message) -> Option<Result<Box<dyn Handler>, String>> {
        let entry = self.by_kind.get(message.kind.as_ref())?;
        match self.fault.as_ref().and_then(|fault| fault(message)) {
            Some(refused) => Some(Err(refused)),
            None => Some((entry.read)(message)),
        }
    }
}

/// What is to be done about one message. It is read where it is heard, on the thread of the listener.
#[derive(Default)]
pub(crate) enum Handling {
    #[default]
    Unread,
    /// Nobody listens to messages of this kind.
    Nothing,
    Do(Box<dyn Handler>),
    /// It cannot be done, and why.
    Fails(String),
}

impl Handling {
    /// Reads the message unless it was read before.
    pub(crate) fn read(&mut self, reactions: &Reactions, message: &Message) {
        if matches!(self, Self::Unread) {
            *self = match shielded(|| reactions.to(message)) {
                Ok(None) => Self::Nothing,
                Ok(Some(Ok(reaction))) => Self::Do(reaction),
                Ok(Some(Err(unreadable))) => Self::Fails(unreadable),
                Err(panic) => Self::panicked(&panic),
            };
        }
    }

    pub(crate) fn read_set(&mut self, reads: &mut ReadSet<'_>) {
        if let Self::Do(reaction) = self
            && let Err(panic) = shielded(|| reaction.read_set(reads))
        {
            *self = Self::panicked(&panic);
        }
    }

    /// Does it; `Err` says why it could not be done, and then nothing was.
    pub(crate) fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), String> {
        match self {
            Self::Unread | Self::Nothing => Ok(()),
            Self::Do(reaction) => guarded(work, |work| reaction.decide(work, context))
                .unwrap_or_else(|panic| Err(format!("panicked: {panic}"))),
            Self::Fails(why) => Err(why.clone()),
        }
    }

    /// What it did cannot be kept: from here on it fails. `false` when it did nothing to begin with.
    pub(crate) fn fail_with(&mut self, why: &str) -> bool {
        let did = matches!(self, Self::Do(_));
        if did {
            *self = Self::Fails(format!("its effect cannot be kept: {why}"));
        }
        did
    }

    fn panicked(panic: &str) -> Self {
        Self::Fails(format!("panicked: {panic}"))
    }
}

/// A command whose answer nobody waits for.
pub trait Handler: Send {
    /// As [`Command::read_set`].
    fn read_set(&self, reads: &mut ReadSet<'_>);
    /// As [`Command::decide`].
    ///
    /// # Errors
    /// The refusal as text.
    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), String>;
}

impl<C: Command> Handler for C {
    fn read_set(&self, reads: &mut ReadSet<'_>) {
        Command::read_set(self, reads);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), String> {
        Command::decide(self, work, context).map(drop).map_err(|refusal| refusal.to_string())
    }
}
