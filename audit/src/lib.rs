//! The audit: every rule that the data must keep, checked against one moment of all databases.
//!
//! A rule inside one service is checked on its rows alone. A rule across services is checked for each booking whose
//! messages have all arrived; what is still on its way is [unsettled](Findings::unsettled), never broken. Rules are
//! numbered as in docs/invariants.md; to add one, write a function in `rules/` and name it in [`RULES`](rules::RULES).

mod findings;
mod ledger;
mod rules;
mod settled;

use std::collections::BTreeSet;

use boxoffice_clock::Timestamp;
use uuid::Uuid;

pub use findings::{Findings, RuleFindings};
pub use ledger::Databases;

/// What is audited.
#[derive(Clone, Debug)]
pub enum Scope {
    /// Everything.
    Everything,
    /// The rules that are checked for each booking, for these only.
    Only(BTreeSet<Uuid>),
}

impl Scope {
    /// These, or everything when none are named.
    pub fn of(only: Option<&[Uuid]>) -> Self {
        only.map_or(Self::Everything, |only| Self::Only(only.iter().copied().collect()))
    }

    fn has(&self, booking: Uuid) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(only) => only.contains(&booking),
        }
    }
}

/// The numbers of all rules, such as `I1`, in their order.
pub fn rule_ids() -> impl Iterator<Item = &'static str> {
    rules::ids()
}

/// Checks every rule against what `databases` held at `now`.
///
/// # Errors
/// When a database cannot be read. A row that cannot be what it claims is an error too: it breaks more than a rule.
pub fn audit(databases: &Databases, now: Timestamp, scope: &Scope) -> anyhow::Result<Findings> {
    let ledger = ledger::Ledger::read(databases, now)?;
    let settled = settled::Settled::of(&ledger);
    let mut findings = Findings::default();
    for rule in rules::RULES {
        findings.rules.push(rule.check(&ledger, &settled, scope));
    }
    findings.unsettled = settled.unsettled(scope);
    findings.alarms = settled.alarms();
    findings.notices = settled::notices(&ledger);
    Ok(findings)
}
