use std::convert::Infallible;

use boxoffice_outbox::{LOG, LogHead, Retry, RetryState};

use crate::{Command, Moment, Need, Reaction, World, hearing::settle};

/// Why an operator's request about a parked message was refused.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterRefused {
    /// There is no such message.
    #[error("there is no message put aside at this position")]
    NotFound,
    /// It is not parked: it is tried again by itself, or waits behind another.
    #[error("the message is not parked")]
    NotParked,
}

/// Tries a parked message again, at once and with all its attempts before it.
pub struct Replay {
    /// The service that said it.
    pub source: String,
    /// Its position in that service's log.
    pub position: i64,
}

impl Command for Replay {
    type Answer = ();
    type Refusal = DeadLetterRefused;

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Retry>((self.source.clone(), self.position));
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), DeadLetterRefused> {
        let retry = world.edit::<Retry>((self.source.clone(), self.position)).ok_or(DeadLetterRefused::NotFound)?;
        if retry.state != RetryState::Dead {
            return Err(DeadLetterRefused::NotParked);
        }
        (retry.state, retry.attempts, retry.due_at) = (RetryState::Waiting, 0, moment.now);
        world.nudge(crate::retries::RETRY, uuid::Uuid::nil());
        Ok(())
    }
}

/// Gives a parked message up: it never has its effect.
pub struct Discard {
    /// The service that said it.
    pub source: String,
    /// Its position in that service's log.
    pub position: i64,
}

impl Command for Discard {
    type Answer = ();
    type Refusal = DeadLetterRefused;

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<LogHead>(LOG.to_owned());
        if let Some(retry) = need.row::<Retry>((self.source.clone(), self.position)) {
            need.find::<Retry>(&["message_key"], &retry.message_key);
        }
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), DeadLetterRefused> {
        let key = (self.source.clone(), self.position);
        let retry = world.get::<Retry>(key).cloned().ok_or(DeadLetterRefused::NotFound)?;
        if retry.state != RetryState::Dead {
            return Err(DeadLetterRefused::NotParked);
        }
        settle(world, &retry, moment.now);
        Ok(())
    }
}

/// A reaction as a request.
pub(crate) struct React(pub(crate) Box<dyn Reaction>);

/// A refusal whose type is gone.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct RefusedReaction(String);

impl Command for React {
    type Answer = ();
    type Refusal = RefusedReaction;

    fn needs(&self, need: &mut Need<'_>) {
        self.0.needs(need);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), RefusedReaction> {
        self.0.decide(world, moment).map_err(RefusedReaction)
    }
}

/// The refusal of a command that never refuses.
pub(crate) type Never = Infallible;
