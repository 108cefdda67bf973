use boxoffice_database::Row;

use crate::{command::Command, context::CommandContext, read_set::ReadSet, unit_of_work::UnitOfWork};

/// The version of a row that a conditional request expects, such as that of an `If-Match` header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// The request has no condition: the last change wins.
    #[default]
    Any,
    /// The row must exist, in any version.
    Exists,
    /// The row must have one of these versions. An empty list matches none.
    OneOf(Vec<i64>),
}

impl ExpectedVersion {
    /// Whether a row of this version meets the condition; `None` stands for a row that does not exist.
    pub fn matches(&self, version: Option<i64>) -> bool {
        match self {
            Self::Any => true,
            Self::Exists => version.is_some(),
            Self::OneOf(expected) => version.is_some_and(|version| expected.contains(&version)),
        }
    }
}

/// A command with optimistic concurrency control: it has an effect only while the row has the expected version. Of two
/// commands that expect the same version and change the row, one has an effect.
pub struct Conditional<R: Row, C> {
    /// Key of the row whose version is compared.
    pub row: R::Key,
    /// The condition on the version of the row.
    pub expected: ExpectedVersion,
    /// The command that runs under this condition.
    pub command: C,
}

/// Why a conditional command was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConditionalRefused<R: std::error::Error> {
    /// The row has another version, which the field holds; `None` when it does not exist.
    #[error("the row does not have the expected version: its version is {0:?}")]
    Changed(Option<i64>),
    /// The command itself refuses. Its refusal takes precedence over the condition.
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
        // RFC 9110, 13.2.1 evaluates a condition only where the request would succeed without it. A caller without
        // permission thus learns nothing about the version.
        let answer = self.command.decide(work, context).map_err(ConditionalRefused::Refused)?;
        if self.expected.matches(version) { Ok(answer) } else { Err(ConditionalRefused::Changed(version)) }
    }
}
