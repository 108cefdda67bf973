use std::convert::Infallible;

use boxoffice_outbox::{Dropped, LOG, LogHead, Retry, RetryState};

use crate::{Command, Moment, Need, World, hearing::settle};

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

/// Gives a parked message up: it never has its effect. Who decided that, when and why is kept with the message; what
/// waits behind it goes on.
pub struct Discard {
    /// The service that said it.
    pub source: String,
    /// Its position in that service's log.
    pub position: i64,
    /// Why.
    pub reason: String,
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
        world.insert(Dropped::of(retry, moment.now, moment.origin.actor.clone(), self.reason.clone()));
        Ok(())
    }
}

/// The refusal of a command that never refuses.
pub(crate) type Never = Infallible;
