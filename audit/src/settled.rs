use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use boxoffice_bookings::domain::BookingStatus;
use boxoffice_contracts::events::Refund;
use boxoffice_notifications::domain::NotificationStatus;
use boxoffice_outbox::DeferredState;
use uuid::Uuid;

use crate::{Scope, ledger::Ledger};

/// The bookings in progress, each with the reason. Every rule must hold for all others.
pub(crate) struct Settled {
    in_progress: BTreeMap<Uuid, String>,
    /// Bookings with a dead-lettered message: they wait for an operator, so they are neither settled nor in progress.
    dead_lettered: BTreeMap<Uuid, String>,
    /// Bookings with a message that an operator discarded: its effects never happen.
    discarded: BTreeSet<Uuid>,
    without_outcome: BTreeSet<Uuid>,
}

/// How long after its deadline a booking may end before rule I25 is broken.
pub(crate) const GRACE: Duration = Duration::from_secs(30);

impl Settled {
    pub(crate) fn of(ledger: &Ledger) -> Self {
        let mut settled = Self {
            in_progress: BTreeMap::new(),
            dead_lettered: BTreeMap::new(),
            discarded: ledger.logs.values().flat_map(|log| &log.discarded).map(|message| message.message_key).collect(),
            without_outcome: BTreeSet::new(),
        };
        settled.messages(ledger);
        settled.rows(ledger);
        settled
    }

    /// Whether all messages of the booking are consumed and its status is final: none is pending, dead-lettered or discarded.
    pub(crate) fn has(&self, booking: Uuid) -> bool {
        !self.in_progress.contains_key(&booking) && !self.needs_operator(booking)
    }

    /// Whether a message about this booking is dead-lettered, or was discarded, so that its effects never happen.
    pub(crate) fn needs_operator(&self, booking: Uuid) -> bool {
        self.dead_lettered.contains_key(&booking) || self.discarded.contains(&booking)
    }

    pub(crate) fn unsettled(&self, scope: &Scope) -> BTreeMap<Uuid, String> {
        self.in_progress.iter().filter(|(id, _)| scope.has(**id)).map(|(id, why)| (*id, why.clone())).collect()
    }

    pub(crate) fn alarms(&self) -> Vec<String> {
        let dead_lettered = self
            .dead_lettered
            .iter()
            .map(|(id, what)| format!("{id}: {what} is dead-lettered: see `boxoffice dead-letters`"));
        let open = self.without_outcome.iter().map(|id| format!("{id}: the payment has no known outcome yet"));
        dead_lettered.chain(open).collect()
    }

    fn wait(&mut self, booking: Uuid, why: impl Into<String>) {
        self.in_progress.entry(booking).or_insert_with(|| why.into());
    }

    /// Messages that were published and not consumed, or deferred.
    fn messages(&mut self, ledger: &Ledger) {
        let positions: HashMap<(&str, &str), i64> = ledger
            .logs
            .iter()
            .flat_map(|(consumer, log)| log.cursors.iter().map(|c| ((*consumer, c.source.as_str()), c.position)))
            .collect();
        for consumer in boxoffice_contracts::saga::SERVICES {
            let kinds = boxoffice_contracts::saga::consumed_by(consumer);
            for (source, log) in &ledger.logs {
                let position = positions.get(&(*consumer, *source)).copied().unwrap_or(0);
                for message in log.published.iter().rev().take_while(|message| message.position > position) {
                    if kinds.contains(&message.kind.as_str()) {
                        self.wait(message.key, format!("{} has not reached {consumer}", message.kind));
                    }
                }
            }
        }
        for (consumer, log) in &ledger.logs {
            for retry in &log.deferred {
                let what = format!("{} to {consumer}", retry.kind);
                match retry.state {
                    DeferredState::Deferred => self.wait(retry.message_key, format!("{what} is deferred")),
                    DeferredState::Blocked | DeferredState::DeadLettered => {
                        self.dead_lettered.entry(retry.message_key).or_insert(what);
                    }
                }
            }
        }
        // A message blocked behind a deferred one is delivered in time; one blocked behind a dead letter needs an operator.
        let waiting: Vec<Uuid> =
            self.dead_lettered.keys().filter(|id| self.in_progress.contains_key(id)).copied().collect();
        let dead: BTreeSet<Uuid> = ledger
            .logs
            .values()
            .flat_map(|log| &log.deferred)
            .filter(|retry| retry.state == DeferredState::DeadLettered)
            .map(|retry| retry.message_key)
            .collect();
        for id in waiting.into_iter().filter(|id| !dead.contains(id)) {
            self.dead_lettered.remove(&id);
        }
    }

    /// Rows whose status is not final.
    fn rows(&mut self, ledger: &Ledger) {
        for (id, payment) in &ledger.payments {
            if payment.status.is_open() {
                self.without_outcome.insert(*id);
                self.wait(*id, "waits for the payment provider");
            } else if payment.refund == Refund::Pending {
                self.wait(*id, "waits for its refund");
            }
        }
        for (id, booking) in &ledger.bookings {
            let over = booking.deadline_at.is_some_and(|end| end.plus(GRACE) < ledger.now);
            if booking.status == BookingStatus::Pending && !over {
                self.wait(*id, "is pending");
            }
        }
        for (id, notifications) in &ledger.notifications {
            if notifications.iter().any(|notification| notification.status == NotificationStatus::Queued) {
                self.wait(*id, "waits for its notification");
            }
        }
    }
}

/// Maximum number of reported discarded messages, the latest first.
const MAX_REPORTED: usize = 20;

/// One line for each message that an operator discarded, the latest first.
pub(crate) fn notices(ledger: &Ledger) -> Vec<String> {
    let discarded =
        ledger.logs.iter().flat_map(|(consumer, log)| log.discarded.iter().map(move |row| (*consumer, row)));
    let mut discarded: Vec<_> = discarded.collect();
    discarded.sort_by_key(|(_, row)| std::cmp::Reverse(row.discarded_at));
    let more = discarded.len().saturating_sub(MAX_REPORTED);
    let reported = discarded.into_iter().take(MAX_REPORTED).map(|(consumer, row)| {
        format!(
            "{}: {} to {consumer} was discarded by {} at {}: {}",
            row.message_key, row.kind, row.discarded_by, row.discarded_at, row.reason
        )
    });
    let rest =
        (more > 0).then(|| format!("and {more} more were discarded: see `boxoffice dead-letters list --discarded`"));
    reported.chain(rest).collect()
}
