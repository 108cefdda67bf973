use boxoffice_envelope::Origin;
use tokio::sync::oneshot;

use crate::{
    batch::{BatchError, Member},
    command::{Command, Failure},
    context::CommandContext,
    isolation::{catch_panic, undo_on_failure},
    read_set::ReadSet,
    unit_of_work::UnitOfWork,
};

/// A command in a batch, whose caller waits for the answer.
pub(crate) struct Request<C: Command> {
    pub(crate) command: C,
    pub(crate) origin: Origin,
    /// Text of a panic of [`Command::read_set`].
    pub(crate) panicked: Option<String>,
    pub(crate) decided: Option<Result<C::Answer, Failure<C::Refusal>>>,
    pub(crate) answer: oneshot::Sender<Result<C::Answer, Failure<C::Refusal>>>,
}

impl<C: Command> Member for Request<C> {
    fn read_set(&mut self, reads: &mut ReadSet<'_>) {
        if self.panicked.is_none() {
            self.panicked = catch_panic(|| self.command.read_set(reads)).err();
        }
    }

    fn decide(&mut self, work: &mut UnitOfWork, context: &mut CommandContext) {
        if let Some(panic) = &self.panicked {
            self.decided = Some(Err(Failure::Internal(panic.clone())));
            return;
        }
        // The context borrows the origin, because a repeated batch needs it again.
        std::mem::swap(&mut context.origin, &mut self.origin);
        let decided = undo_on_failure(work, |work| self.command.decide(work, context).map_err(Failure::Refused));
        std::mem::swap(&mut context.origin, &mut self.origin);
        self.decided = Some(decided.unwrap_or_else(|panic| Err(Failure::Internal(panic))));
    }

    fn fail_with(&mut self, _: &str) -> bool {
        false
    }

    fn complete(self: Box<Self>, outcome: Result<(), &BatchError>) {
        let Self { decided, answer, .. } = *self;
        let answered = match (outcome, decided) {
            // A refusal is final even when the batch had nothing to commit.
            (Ok(()), Some(decided)) => decided,
            (Ok(()), None) | (Err(BatchError::Unknown), _) => Err(Failure::Unknown),
            (Err(BatchError::Unavailable(why)), _) => Err(Failure::Unavailable(why.clone())),
            (Err(BatchError::Rejected(why)), _) => Err(Failure::Internal(why.clone())),
        };
        // The caller may have gone meanwhile; the change is committed all the same.
        let _ = answer.send(answered);
    }
}
