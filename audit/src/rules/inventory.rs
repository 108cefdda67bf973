use std::collections::HashMap;

use boxoffice_inventory::{domain::HoldStatus, store::Hold};
use uuid::Uuid;

use super::Check;

/// Seats of one quota that its active holds take: held or claimed, and sold.
#[derive(Clone, Copy, Default)]
struct Taken {
    held: i64,
    sold: i64,
}

/// Sums the lines of all active holds by their quota.
fn taken(check: &Check<'_>) -> HashMap<i64, Taken> {
    let mut sums: HashMap<i64, Taken> = HashMap::new();
    for hold in check.ledger.holds.values().filter(|hold| hold.status.is_active()) {
        for line in &*hold.hold_lines.0 {
            let Some(kind) = check.ledger.types.get(&line.ticket_type_id.get()) else { continue };
            let sum = sums.entry(kind.quota_id.get()).or_default();
            let seats = i64::from(line.quantity.get());
            if hold.status == HoldStatus::Sold { sum.sold += seats } else { sum.held += seats }
        }
    }
    sums
}

pub(super) fn no_oversell(check: &mut Check<'_>) {
    let ledger = check.ledger;
    for (id, hold) in ledger.holds.iter().filter(|(_, hold)| hold.status.is_active()) {
        // Seats of an unknown ticket type would count against no quota.
        let lost = hold.hold_lines.iter().find(|line| !ledger.types.contains_key(&line.ticket_type_id.get()));
        check.expect(lost.is_none(), || format!("hold {id}: its ticket type does not exist"));
    }
    let taken = taken(check);
    for quota in &check.ledger.quotas {
        let Taken { held, sold } = taken.get(&quota.id.get()).copied().unwrap_or_default();
        check.expect(held + sold <= quota.capacity, || {
            format!("quota {}: its holds take {} of {} seats", quota.id, held + sold, quota.capacity)
        });
    }
}

pub(super) fn conservation(check: &mut Check<'_>) {
    let taken = taken(check);
    for quota in &check.ledger.quotas {
        let Taken { held, sold } = taken.get(&quota.id.get()).copied().unwrap_or_default();
        let agrees = (quota.held, quota.sold) == (held, sold);
        let is_possible = quota.held >= 0 && quota.sold >= 0 && quota.held + quota.sold <= quota.capacity;
        check.expect(agrees && is_possible, || {
            format!(
                "quota {}: records {} held and {} sold of {}, but its holds sum to {held} and {sold}",
                quota.id, quota.held, quota.sold, quota.capacity
            )
        });
    }
}

/// An active hold has the lines of its booking and of its order.
pub(super) fn one_hold(check: &mut Check<'_>) {
    for (id, hold) in &check.ledger.holds {
        if hold.status.is_active() && check.is_settled(*id) {
            let differs = whose_lines_differ(check, *id, hold);
            check.expect(differs.is_none(), || {
                format!("hold {id}: its lines are not those of its {}", differs.unwrap_or(""))
            });
        }
    }
}

fn whose_lines_differ(check: &Check<'_>, id: Uuid, hold: &Hold) -> Option<&'static str> {
    let booking = check.ledger.bookings.get(&id).map(|booking| &booking.booking_lines.0);
    let order = check.ledger.orders.get(&id).map(|order| &order.order_lines.0);
    // A hold that a client created has neither until an order claims it.
    let is_claimed = hold.status != HoldStatus::Held;
    [("booking", booking), ("order", order)].into_iter().find_map(|(what, lines)| {
        let agrees = lines.map_or(!is_claimed, |lines| *lines == hold.hold_lines.0);
        (!agrees).then_some(what)
    })
}
