use boxoffice_envelope::Origin;
use tokio::sync::oneshot;

use crate::{
    Command, Failure, Moment, Need, World,
    batch::{Fault, Member, guarded, shielded},
};

/// A command that somebody waits for.
pub(crate) struct Request<C: Command> {
    pub(crate) command: C,
    pub(crate) origin: Origin,
    /// The text of a panic while it named its needs.
    pub(crate) panicked: Option<String>,
    pub(crate) decided: Option<Result<C::Answer, Failure<C::Refusal>>>,
    pub(crate) answer: oneshot::Sender<Result<C::Answer, Failure<C::Refusal>>>,
}

impl<C: Command> Member for Request<C> {
    fn needs(&mut self, need: &mut Need<'_>) {
        if self.panicked.is_none() {
            self.panicked = shielded(|| self.command.needs(need)).err();
        }
    }

    fn decide(&mut self, world: &mut World, moment: &mut Moment) {
        if let Some(panic) = &self.panicked {
            self.decided = Some(Err(Failure::Internal(panic.clone())));
            return;
        }
        // Lent to the moment: a batch may be run again.
        std::mem::swap(&mut moment.origin, &mut self.origin);
        let decided = guarded(world, |world| self.command.decide(world, moment).map_err(Failure::Refused));
        std::mem::swap(&mut moment.origin, &mut self.origin);
        self.decided = Some(decided.unwrap_or_else(|panic| Err(Failure::Internal(panic))));
    }

    fn blame(&mut self, _: &str) -> bool {
        false
    }

    fn finish(self: Box<Self>, outcome: Result<(), &Fault>) {
        let Self { decided, answer, .. } = *self;
        let answered = match (outcome, decided) {
            // A refusal stands whether or not there was anything else to commit.
            (Ok(()), Some(decided)) => decided,
            (Ok(()), None) | (Err(Fault::Unknown), _) => Err(Failure::Unknown),
            (Err(Fault::Unavailable(why)), _) => Err(Failure::Unavailable(why.clone())),
            (Err(Fault::Rejected(why)), _) => Err(Failure::Internal(why.clone())),
        };
        // Whoever asked may have gone; the effect stands all the same.
        let _ = answer.send(answered);
    }
}
