//! The rules: each is a function that checks rows and reports violations.

mod bookings;
mod histories;
mod inventory;
mod messages;
mod money;
mod notifications;
mod published;

use uuid::Uuid;

use crate::{Scope, findings::RuleFindings, ledger::Ledger, settled::Settled};

/// An invariant and the function that checks it.
pub(crate) struct Rule {
    id: &'static str,
    title: &'static str,
    check: fn(&mut Check<'_>),
}

/// The input of a rule and its result so far.
pub(crate) struct Check<'a> {
    ledger: &'a Ledger,
    settled: &'a Settled,
    scope: &'a Scope,
    checked: u64,
    broken: Vec<String>,
}

/// All rules, in the order of their ids.
pub(crate) const RULES: &[Rule] = &[
    Rule { id: "I1", title: "no quota is oversold", check: inventory::no_oversell },
    Rule { id: "I2", title: "held and sold are the sums of the holds", check: inventory::conservation },
    Rule { id: "I4", title: "a booking, its order and its hold have the same lines", check: inventory::one_hold },
    Rule { id: "I5", title: "histories are valid transitions without gaps", check: histories::legal_transitions },
    Rule { id: "I7", title: "no order is charged twice or too much", check: money::single_charge },
    Rule { id: "I8", title: "payment entries match the provider's books", check: money::provider_agrees },
    Rule { id: "I9", title: "no refund without its capture", check: money::refunds_bounded },
    Rule { id: "I10", title: "captured less refunded is nothing or the amount", check: money::balance },
    Rule { id: "I11", title: "confirmed means paid, sold and ticketed", check: bookings::confirmed },
    Rule { id: "I12", title: "an unsuccessful booking keeps no seats and no money", check: bookings::no_residue },
    Rule { id: "I13", title: "a failed or cancelled order is refunded exactly once", check: money::late_payment },
    Rule { id: "I14", title: "amounts are the sum of their lines, in one currency", check: money::price },
    Rule { id: "I15", title: "every idempotency record has its resource", check: messages::idempotency },
    Rule { id: "I16", title: "every state change has its event, and the reverse", check: published::outbox_atomic },
    Rule { id: "I17", title: "every published event was consumed", check: messages::nothing_lost },
    Rule { id: "I18", title: "logs have no gaps and cursors stay within them", check: messages::effect_once },
    Rule { id: "I19", title: "no state has moved backwards", check: histories::never_backwards },
    Rule { id: "I25", title: "every booking ends on time", check: bookings::liveness },
    Rule { id: "I26", title: "one notification for each booking and kind", check: notifications::notified },
    Rule { id: "I27", title: "one ticket for each seat, with a unique code", check: bookings::tickets },
];

/// The ids of all rules, in order.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.id)
}

impl Rule {
    pub(crate) fn check(&self, ledger: &Ledger, settled: &Settled, scope: &Scope) -> RuleFindings {
        let mut check = Check { ledger, settled, scope, checked: 0, broken: Vec::new() };
        (self.check)(&mut check);
        let Check { checked, broken, .. } = check;
        RuleFindings { id: self.id.into(), title: self.title.into(), checked, broken }
    }
}

impl Check<'_> {
    /// Counts a checked row or group of rows, and records the violation `what` unless the rule `holds` for it.
    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.checked += 1;
        if !holds {
            self.broken.push(what());
        }
    }

    /// Whether the booking is in the scope of the audit and settled, so that rules across services must hold for it.
    fn is_settled(&self, booking: Uuid) -> bool {
        self.scope.has(booking) && self.settled.has(booking)
    }
}
