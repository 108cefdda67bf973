//! The audit: checks all invariants against snapshots of all databases, taken at one moment.
//!
//! A rule about one service is checked on all its rows. A rule across services is checked for each booking whose messages
//! are all consumed; a booking in progress is [unsettled](Findings::unsettled) and breaks no such rule. The rules have the
//! ids of docs/invariants.md. To add one, write a function in `rules/` and list it in [`RULES`](rules::RULES).

mod findings;
mod ledger;
mod rules;
mod settled;

use std::collections::BTreeSet;

use boxoffice_clock::Timestamp;
use uuid::Uuid;

pub use findings::{Findings, RuleFindings};
pub use ledger::Databases;

/// The bookings that an audit covers.
#[derive(Clone, Debug)]
pub enum Scope {
    /// All rows of all databases.
    Everything,
    /// These bookings, for the rules that are checked for each booking. Other rules check all rows.
    Only(BTreeSet<Uuid>),
}

impl Scope {
    /// The bookings `only`, or [`Self::Everything`] for `None`.
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

/// The ids of all rules, such as `I1`, in the order of [`Findings::rules`].
pub fn rule_ids() -> impl Iterator<Item = &'static str> {
    rules::ids()
}

/// Checks every rule against `databases`, whose snapshots were taken at `now`.
///
/// # Errors
/// When a database cannot be read, or a row does not decode.
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
