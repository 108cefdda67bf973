use std::collections::{BTreeMap, HashMap};

use boxoffice_orders::domain::OrderStatus;
use boxoffice_payments::{domain::EntryKind, providers::MovementKind, store::Entry};
use uuid::Uuid;

use super::Check;

/// The sum of the entries of one kind, in minor units.
fn sum(entries: &[Entry], kind: EntryKind) -> i64 {
    entries.iter().filter(|entry| entry.kind == kind).map(|entry| entry.amount_minor).sum()
}

fn count(entries: &[Entry], kind: EntryKind) -> usize {
    entries.iter().filter(|entry| entry.kind == kind).count()
}

pub(super) fn single_charge(check: &mut Check<'_>) {
    let ledger = check.ledger;
    for (id, entries) in sorted(&ledger.entries) {
        let captured = sum(entries, EntryKind::Captured);
        let asked = ledger.payments.get(id).map_or(0, |payment| payment.amount_minor);
        let owed = ledger.orders.get(id).map_or(asked, |order| order.total_minor);
        check.expect(count(entries, EntryKind::Captured) <= 1 && captured <= owed, || {
            format!("order {id}: {} captures of {captured} together, {owed} owed", count(entries, EntryKind::Captured))
        });
    }
    for ((id, movement), times) in movements(check) {
        check.expect(times == 1, || format!("order {id}: the provider has made {times} movements {movement:?}"));
    }
}

/// Number of movements in the provider's books, by key and kind.
fn movements(check: &Check<'_>) -> BTreeMap<(Uuid, MovementKind), usize> {
    let mut times = BTreeMap::new();
    for movement in &check.ledger.movements {
        *times.entry((movement.key.get(), movement.kind)).or_default() += 1;
    }
    times
}

/// Every charge and refund in the provider's books has one payment entry of the same amount, and the reverse.
pub(super) fn provider_agrees(check: &mut Check<'_>) {
    type Movements = HashMap<(Uuid, bool, i64, String), i64>;
    let mut difference: Movements = HashMap::new();
    for movement in &check.ledger.movements {
        let key = (
            movement.key.get(),
            movement.kind == MovementKind::Refund,
            movement.amount_minor,
            movement.currency.code().to_owned(),
        );
        *difference.entry(key).or_default() += 1;
    }
    for (id, entries) in &check.ledger.entries {
        for entry in entries.iter().filter(|e| matches!(e.kind, EntryKind::Captured | EntryKind::Refunded)) {
            let refund = entry.kind == EntryKind::Refunded;
            let key = (*id, refund, entry.amount_minor, entry.currency.code().to_owned());
            *difference.entry(key).or_default() -= 1;
        }
    }
    let mut difference: Vec<_> = difference.into_iter().collect();
    difference.sort_unstable();
    for ((id, refund, amount, currency), difference) in difference {
        if check.is_settled(id) {
            let what = if refund { "refund" } else { "charge" };
            let found = if difference > 0 { "only the provider recorded" } else { "only payments recorded" };
            check.expect(difference == 0, || format!("order {id}: a {what} of {amount} {currency} that {found}"));
        }
    }
}

pub(super) fn refunds_bounded(check: &mut Check<'_>) {
    for (id, entries) in sorted(&check.ledger.entries) {
        let (captured, refunded) = (sum(entries, EntryKind::Captured), sum(entries, EntryKind::Refunded));
        check.expect(refunded <= captured, || format!("order {id}: {refunded} refunded of {captured} captured"));
    }
    let movements = movements(check);
    for (id, _) in movements.keys().filter(|(_, movement)| *movement == MovementKind::Refund) {
        let charged = movements.contains_key(&(*id, MovementKind::Charge));
        check.expect(charged, || format!("order {id}: the provider has refunded an order that it never charged"));
    }
}

pub(super) fn balance(check: &mut Check<'_>) {
    for (id, entries) in sorted(&check.ledger.entries) {
        if check.is_settled(*id) {
            let owed = check.ledger.payments.get(id).map_or(0, |payment| payment.amount_minor);
            let kept = sum(entries, EntryKind::Captured) - sum(entries, EntryKind::Refunded);
            check.expect(kept == 0 || kept == owed, || {
                format!("order {id}: {kept} of {owed} captured and not refunded")
            });
        }
    }
}

pub(super) fn late_payment(check: &mut Check<'_>) {
    for (id, order) in &check.ledger.orders {
        let ended = matches!(order.status, OrderStatus::Failed | OrderStatus::Cancelled);
        let entries = check.ledger.entries(*id);
        let captured = sum(entries, EntryKind::Captured);
        if ended && captured > 0 && check.is_settled(*id) {
            let refunded = sum(entries, EntryKind::Refunded);
            let once = count(entries, EntryKind::Refunded) == 1;
            check.expect(once && refunded == captured, || {
                format!("order {id}: ended {:?} with {captured} captured and {refunded} refunded", order.status)
            });
        }
    }
}

/// Every amount is the sum of its lines, and the amount and currency stay the same along the chain.
pub(super) fn price(check: &mut Check<'_>) {
    let ledger = check.ledger;
    for (id, order) in ledger.orders.iter().filter(|(_, order)| !order.order_lines.is_empty()) {
        let lines = order.order_lines.total(order.currency).map(|total| total.minor);
        check.expect(lines == Ok(order.total_minor), || {
            format!("order {id}: its total is {} and its lines sum to {lines:?}", order.total_minor)
        });
        let owed = (order.total_minor, order.currency);
        if let Some(payment) = ledger.payments.get(id).filter(|_| !ledger.entries(*id).is_empty()) {
            check.expect((payment.amount_minor, payment.currency) == owed, || {
                format!("order {id}: {owed:?} owed, payment of {} {}", payment.amount_minor, payment.currency)
            });
        }
        if let Some(booking) = ledger.bookings.get(id) {
            check.expect((booking.total_minor, booking.currency) == owed, || {
                format!("booking {id}: {} {} and its order {owed:?}", booking.total_minor, booking.currency)
            });
        }
        if let Some(hold) = ledger.holds.get(id).filter(|hold| !hold.hold_lines.is_empty()) {
            check.expect(hold.currency == order.currency, || {
                format!("hold {id}: in {} and its order in {}", hold.currency, order.currency)
            });
        }
    }
    for (id, booking) in &ledger.bookings {
        let lines = booking.booking_lines.total(booking.currency).map(|total| total.minor);
        check.expect(lines == Ok(booking.total_minor), || {
            format!("booking {id}: its total is {} and its lines sum to {lines:?}", booking.total_minor)
        });
    }
    for (id, payment) in &ledger.payments {
        for entry in ledger.entries(*id) {
            let agrees = (entry.amount_minor, entry.currency) == (payment.amount_minor, payment.currency);
            check.expect(agrees, || {
                let Entry { kind, amount_minor, currency, .. } = entry;
                format!(
                    "payment {id}: {} {} and {kind:?} {amount_minor} {currency}",
                    payment.amount_minor, payment.currency
                )
            });
        }
    }
}

fn sorted<V>(map: &HashMap<Uuid, V>) -> Vec<(&Uuid, &V)> {
    let mut sorted: Vec<_> = map.iter().collect();
    sorted.sort_unstable_by_key(|(id, _)| **id);
    sorted
}
