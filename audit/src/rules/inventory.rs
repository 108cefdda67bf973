use std::collections::HashMap;

use boxoffice_inventory::{domain::HoldStatus, store::Hold};
use uuid::Uuid;

use super::Look;

/// Places of one quota that holds have: not yet paid, paid.
#[derive(Clone, Copy, Default)]
struct Taken {
    held: i64,
    sold: i64,
}

/// Sums the lines of all active holds by their quota.
fn taken(look: &Look<'_>) -> HashMap<i64, Taken> {
    let mut sums: HashMap<i64, Taken> = HashMap::new();
    for hold in look.ledger.holds.values().filter(|hold| hold.status.is_active()) {
        for line in &*hold.hold_lines.0 {
            let Some(kind) = look.ledger.types.get(&line.ticket_type_id.get()) else { continue };
            let sum = sums.entry(kind.quota_id.get()).or_default();
            let places = i64::from(line.quantity.get());
            if hold.status == HoldStatus::Sold { sum.sold += places } else { sum.held += places }
        }
    }
    sums
}

pub(super) fn no_oversell(look: &mut Look<'_>) {
    let ledger = look.ledger;
    for (id, hold) in ledger.holds.iter().filter(|(_, hold)| hold.status.is_active()) {
        // Places of a type that is not there would count against no quota.
        let lost = hold.hold_lines.iter().find(|line| !ledger.types.contains_key(&line.ticket_type_id.get()));
        look.expect(lost.is_none(), || format!("hold {id}: draws from a ticket type that is not there"));
    }
    let taken = taken(look);
    for quota in &look.ledger.quotas {
        let Taken { held, sold } = taken.get(&quota.id.get()).copied().unwrap_or_default();
        look.expect(held + sold <= quota.capacity, || {
            format!("quota {}: holds have {} of {} places", quota.id, held + sold, quota.capacity)
        });
    }
}

pub(super) fn conservation(look: &mut Look<'_>) {
    let taken = taken(look);
    for quota in &look.ledger.quotas {
        let Taken { held, sold } = taken.get(&quota.id.get()).copied().unwrap_or_default();
        let agrees = (quota.held, quota.sold) == (held, sold);
        let is_possible = quota.held >= 0 && quota.sold >= 0 && quota.held + quota.sold <= quota.capacity;
        look.expect(agrees && is_possible, || {
            format!(
                "quota {}: records {} held and {} sold of {}, but its holds sum to {held} and {sold}",
                quota.id, quota.held, quota.sold, quota.capacity
            )
        });
    }
}

/// The places of an active hold are those of its booking and of its order.
pub(super) fn one_hold(look: &mut Look<'_>) {
    for (id, hold) in &look.ledger.holds {
        if hold.status.is_active() && look.is_settled(*id) {
            let differs = whose_lines_differ(look, *id, hold);
            look.expect(differs.is_none(), || {
                format!("hold {id}: its lines are not those of its {}", differs.unwrap_or(""))
            });
        }
    }
}

fn whose_lines_differ(look: &Look<'_>, id: Uuid, hold: &Hold) -> Option<&'static str> {
    let booking = look.ledger.bookings.get(&id).map(|booking| &booking.booking_lines.0);
    let order = look.ledger.orders.get(&id).map(|order| &order.order_lines.0);
    // A hold that a client took has neither until it is claimed.
    let is_claimed = hold.status != HoldStatus::Held;
    [("booking", booking), ("order", order)].into_iter().find_map(|(what, lines)| {
        let agrees = lines.map_or(!is_claimed, |lines| *lines == hold.hold_lines.0);
        (!agrees).then_some(what)
    })
}
