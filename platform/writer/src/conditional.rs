use boxoffice_database::Row;

use crate::{Command, CommandContext, ReadSet, UnitOfWork};

/// As which version whoever asks for a change has seen the row that is to be changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// It does not say: the last change wins.
    #[default]
    Any,
    /// There has to be a row, of any version.
    Exists,
    /// One of these; none of them where what was seen is no version at all.
    OneOf(Vec<i64>),
}

impl ExpectedVersion {
    /// Whether a row of this version, or no row, is what was seen.
    pub fn matches(&self, version: Option<i64>) -> bool {
        match self {
            Self::Any => true,
            Self::Exists => version.is_some(),
            Self::OneOf(seen) => version.is_some_and(|version| seen.contains(&version)),
        }
    }
}

/// A command that has its effect only while a row is as its asker has seen it. Of two that have seen the same version
/// and change the row, one has an effect.
pub struct Conditional<R: Row, C> {
    /// Which row.
    pub row: R::Key,
    /// As what it was seen.
    pub expected: ExpectedVersion,
    /// What is to be done.
    pub command: C,
}

/// Why a command on a row that was seen before was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConditionalRefused<R: std::error::Error> {
    /// The row is not what was seen; its version, when there is one.
    #[error("it was changed since: its version is {0:?}")]
    Changed(Option<i64>),
    /// By the rules of the command, which are asked first.
    #[error(transparent)]
    Refused(R),
}

impl<R: Row, C: Command> Command for Conditional<R, C> {
    type Answer = C::Answer;
    type Refusal = ConditionalRefused<C::Refusal>;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<R>(self.row.clone());
        self.command.read_set(reads);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<C::Answer, Self::Refusal> {
        let version = work.get::<R>(self.row.clone()).map(Row::version);
        // A condition is only looked at where the request would succeed without it (RFC 9110, 13.2.1), so that a
        // stranger learns nothing by it.
        let answer = self.command.decide(work, context).map_err(ConditionalRefused::Refused)?;
        if self.expected.matches(version) { Ok(answer) } else { Err(ConditionalRefused::Changed(version)) }
    }
}
