use boxoffice_envelope::Origin;
use tokio::sync::oneshot;

use crate::{
    Command, CommandContext, Failure, ReadSet, UnitOfWork,
    batch::{BatchError, Member, guarded, shielded},
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
    fn read_set(&mut self, reads: &mut ReadSet<'_>) {
        if self.panicked.is_none() {
            self.panicked = shielded(|| self.command.read_set(reads)).err();
        }
    }

    fn decide(&mut self, work: &mut UnitOfWork, context: &mut CommandContext) {
        if let Some(panic) = &self.panicked {
            self.decided = Some(Err(Failure::Internal(panic.clone())));
            return;
        }
        // Lent to the moment: a batch may be run again.
        std::mem::swap(&mut context.origin, &mut self.origin);
        let decided = guarded(work, |work| self.command.decide(work, context).map_err(Failure::Refused));
        std::mem::swap(&mut context.origin, &mut self.origin);
        self.decided = Some(decided.unwrap_or_else(|panic| Err(Failure::Internal(panic))));
    }

    fn fail_with(&mut self, _: &str) -> bool {
        false
    }

    fn complete(self: Box<Self>, outcome: Result<(), &BatchError>) {
        let Self { decided, answer, .. } = *self;
        let answered = match (outcome, decided) {
            // A refusal stands whether or not there was anything else to commit.
            (Ok(()), Some(decided)) => decided,
            (Ok(()), None) | (Err(BatchError::Unknown), _) => Err(Failure::Unknown),
            (Err(BatchError::Unavailable(why)), _) => Err(Failure::Unavailable(why.clone())),
            (Err(BatchError::Rejected(why)), _) => Err(Failure::Internal(why.clone())),
        };
        // Whoever asked may have gone; the effect stands all the same.
        let _ = answer.send(answered);
    }
}
