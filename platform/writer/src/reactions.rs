use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use boxoffice_envelope::{Event, Message};

use crate::{
    command::Command,
    context::CommandContext,
    isolation::{catch_panic, undo_on_failure},
    read_set::ReadSet,
    unit_of_work::UnitOfWork,
};

/// The handlers of a service: a table from kinds of events to commands.
///
/// A handler is correct under any order, delay and repetition of its messages. The writer retries a handler that refuses:
/// a message that comes too early is refused, one that comes too late or twice changes nothing.
#[derive(Default)]
pub struct Reactions {
    by_kind: BTreeMap<&'static str, Entry>,
    fault: Option<DeliveryFault>,
}

/// Fault injection for tests, called before every delivery. A text makes the delivery fail with this error.
pub type DeliveryFault = Arc<dyn Fn(&Message) -> Option<String> + Send + Sync>;

struct Entry {
    /// The service that publishes such events; `None` for dead letters that this service creates itself.
    source: Option<&'static str>,
    read: Read,
}

type Read = Box<dyn Fn(&Message) -> Result<Box<dyn Handler>, String> + Send + Sync>;

impl Reactions {
    /// Handles events of type `E` with the command that `command` makes of each.
    #[must_use]
    pub fn on<E: Event, C: Command>(self, command: impl Fn(E) -> C + Send + Sync + 'static) -> Self {
        self.with(Some(E::SOURCE), command)
    }

    /// Handles dead letters of type `E` that the service [created itself](UnitOfWork::dead_letter) and that an operator
    /// replays. The service consumes no log for them.
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

    /// Adds fault injection to every delivery; `None` changes nothing.
    #[must_use]
    pub fn with_fault(mut self, fault: Option<DeliveryFault>) -> Self {
        self.fault = fault;
        self
    }

    /// The services whose logs this one consumes.
    pub fn sources(&self) -> BTreeSet<&'static str> {
        self.by_kind.values().filter_map(|entry| entry.source).collect()
    }

    /// The kinds of events of other services that have a handler.
    pub fn kinds(&self) -> BTreeSet<&'static str> {
        self.by_kind.iter().filter(|(_, entry)| entry.source.is_some()).map(|(kind, _)| *kind).collect()
    }

    /// The handler of `message`; `None` when its kind has none. `Some(Err)` when the message cannot be read.
    pub(crate) fn handler_of(&self, message: &Message) -> Option<Result<Box<dyn Handler>, String>> {
        let entry = self.by_kind.get(message.kind.as_ref())?;
        match self.fault.as_ref().and_then(|fault| fault(message)) {
            Some(fault) => Some(Err(fault)),
            None => Some((entry.read)(message)),
        }
    }
}

/// The handler of one message, through a delivery. The consuming service's thread reads the message.
#[derive(Default)]
pub(crate) enum Handling {
    #[default]
    Unread,
    /// Messages of this kind have no handler.
    NoHandler,
    Handler(Box<dyn Handler>),
    /// The delivery fails with this error.
    Fails(String),
}

impl Handling {
    /// Reads the message unless it was read before.
    pub(crate) fn read(&mut self, reactions: &Reactions, message: &Message) {
        if matches!(self, Self::Unread) {
            *self = match catch_panic(|| reactions.handler_of(message)) {
                Ok(None) => Self::NoHandler,
                Ok(Some(Ok(handler))) => Self::Handler(handler),
                Ok(Some(Err(unreadable))) => Self::Fails(unreadable),
                Err(panic) => Self::panicked(&panic),
            };
        }
    }

    pub(crate) fn read_set(&mut self, reads: &mut ReadSet<'_>) {
        if let Self::Handler(handler) = self
            && let Err(panic) = catch_panic(|| handler.read_set(reads))
        {
            *self = Self::panicked(&panic);
        }
    }

    /// Runs the handler. After `Err`, `work` is as before.
    pub(crate) fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), String> {
        match self {
            Self::Unread | Self::NoHandler => Ok(()),
            Self::Handler(handler) => undo_on_failure(work, |work| handler.decide(work, context))
                .unwrap_or_else(|panic| Err(format!("panicked: {panic}"))),
            Self::Fails(why) => Err(why.clone()),
        }
    }

    /// Makes the delivery fail from now on, because the effect of the handler cannot be committed. Returns `false` when it
    /// has no handler.
    pub(crate) fn fail_with(&mut self, why: &str) -> bool {
        let has_handler = matches!(self, Self::Handler(_));
        if has_handler {
            *self = Self::Fails(format!("its effect cannot be committed: {why}"));
        }
        has_handler
    }

    fn panicked(panic: &str) -> Self {
        Self::Fails(format!("panicked: {panic}"))
    }
}

/// A command that handles a message: its answer is dropped, its refusal is text.
pub trait Handler: Send {
    /// Names the rows of [`Handler::decide`], as [`Command::read_set`] does.
    fn read_set(&self, reads: &mut ReadSet<'_>);
    /// Changes the rows, as [`Command::decide`] does.
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
