//! The rules, each a function from all rows to those that break it.

mod bookings;
mod histories;
mod inventory;
mod messages;
mod money;
mod notifications;
mod published;

use uuid::Uuid;

use crate::{Scope, findings::RuleFindings, ledger::Ledger, settled::Settled};

/// One rule.
pub(crate) struct Rule {
    id: &'static str,
    title: &'static str,
    look: fn(&mut Look<'_>),
}

/// What a rule looks at, and what it finds.
pub(crate) struct Look<'a> {
    ledger: &'a Ledger,
    settled: &'a Settled,
    scope: &'a Scope,
    saw: u64,
    broken: Vec<String>,
}

/// Every rule that applies to what exists, in the order of their numbers.
pub(crate) const RULES: &[Rule] = &[
    Rule { id: "I1", title: "no quota is oversold", look: inventory::no_oversell },
    Rule { id: "I2", title: "held and sold are the sums of the holds", look: inventory::conservation },
    Rule { id: "I4", title: "a booking, its order and its hold have the same lines", look: inventory::one_hold },
    Rule { id: "I5", title: "histories are valid transitions without gaps", look: histories::legal_transitions },
    Rule { id: "I7", title: "no order is charged twice or too much", look: money::single_charge },
    Rule { id: "I8", title: "payment entries match the provider's books", look: money::provider_agrees },
    Rule { id: "I9", title: "no refund without its capture", look: money::refunds_bounded },
    Rule { id: "I10", title: "captured less refunded is nothing or the amount", look: money::balance },
    Rule { id: "I11", title: "confirmed means paid, sold and ticketed", look: bookings::confirmed },
    Rule { id: "I12", title: "an unsuccessful booking keeps no seats and no money", look: bookings::no_residue },
    Rule { id: "I13", title: "a failed or cancelled order is refunded exactly once", look: money::late_payment },
    Rule { id: "I14", title: "amounts are the sum of their lines, in one currency", look: money::price },
    Rule { id: "I15", title: "every idempotency record has its resource", look: messages::idempotency },
    Rule { id: "I16", title: "every state change has its event, and the reverse", look: published::outbox_atomic },
    Rule { id: "I17", title: "every published event was consumed", look: messages::nothing_lost },
    Rule { id: "I18", title: "logs have no gaps and cursors stay within them", look: messages::effect_once },
    Rule { id: "I19", title: "no state has moved backwards", look: histories::never_backwards },
    Rule { id: "I25", title: "every booking ends on time", look: bookings::liveness },
    Rule { id: "I26", title: "one notification for each booking and kind", look: notifications::notified },
    Rule { id: "I27", title: "one ticket for each seat, with a unique code", look: bookings::tickets },
];

/// The numbers of all rules, in their order.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.id)
}

impl Rule {
    pub(crate) fn check(&self, ledger: &Ledger, settled: &Settled, scope: &Scope) -> RuleFindings {
        let mut look = Look { ledger, settled, scope, saw: 0, broken: Vec::new() };
        (self.look)(&mut look);
        let Look { saw, broken, .. } = look;
        RuleFindings { id: self.id.into(), title: self.title.into(), saw, broken }
    }
}

impl Look<'_> {
    /// Checks one row or group of rows; `what` describes the violation.
    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.saw += 1;
        if !holds {
            self.broken.push(what());
        }
    }

    /// Whether this booking is to be looked at by rules that hold once everything has arrived.
    fn is_settled(&self, booking: Uuid) -> bool {
        self.scope.has(booking) && self.settled.has(booking)
    }
}
