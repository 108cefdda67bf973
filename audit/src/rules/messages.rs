use std::collections::HashSet;

use boxoffice_contracts::{events::EVENTS, saga};
use uuid::Uuid;

use super::Look;

/// What a request made is there.
pub(super) fn idempotency(look: &mut Look<'_>) {
    let ledger = look.ledger;
    for (service, log) in &ledger.logs {
        for request in &log.requests {
            let Some(there) = is_there(look, service, &request.resource) else { continue };
            look.expect(there, || {
                format!("{service}: request {} made {}, which is not there", request.id, request.resource)
            });
        }
    }
}

/// Whether `service` has what it calls `resource`; none where that cannot be told from the name alone.
fn is_there(look: &Look<'_>, service: &str, resource: &str) -> Option<bool> {
    let ledger = look.ledger;
    let id = resource.parse::<Uuid>().ok();
    match service {
        "bookings" => Some(id.is_some_and(|id| ledger.bookings.contains_key(&id))),
        "orders" => Some(id.is_some_and(|id| ledger.orders.contains_key(&id))),
        "users" => resource.parse().ok().map(|id| ledger.users.contains(&id)),
        "inventory" => id.map(|id| ledger.holds.contains_key(&id)),
        _ => None,
    }
}

/// The services that `listener` reacts to.
fn sources(listener: &str) -> impl Iterator<Item = &'static str> {
    let kinds = saga::consumed_by(listener);
    let sources = saga::SERVICES.iter().copied();
    sources.filter(move |source| EVENTS.iter().any(|event| event.source == *source && kinds.contains(&event.kind)))
}

/// No booking that has settled has a message that somebody who listens has not heard. A parked one is an alarm instead.
pub(super) fn nothing_lost(look: &mut Look<'_>) {
    let ledger = look.ledger;
    for (listener, log) in &ledger.logs {
        for source in sources(listener) {
            let Some(told) = ledger.logs.get(source) else { continue };
            let heard = log.cursors.iter().find(|cursor| cursor.source == source).map_or(0, |cursor| cursor.position);
            look.expect(told.forgotten() <= heard, || {
                format!("{listener}: has heard {heard} of {source}, which has forgotten up to {}", told.forgotten())
            });
        }
    }
    for id in ledger.ids() {
        if look.is_settled(id) {
            let pair = (ledger.bookings.contains_key(&id), ledger.orders.contains_key(&id));
            look.expect(pair.0 == pair.1, || {
                format!("{id}: its {} is missing", if pair.0 { "order" } else { "booking" })
            });
        }
    }
}

/// Positions count without gaps up to the head of their log, ids are unique, and nobody has heard what was not said.
pub(super) fn effect_once(look: &mut Look<'_>) {
    let ledger = look.ledger;
    let mut ids = HashSet::new();
    for (service, log) in &ledger.logs {
        for said in &log.said {
            look.expect(ids.insert(said.id), || format!("{service}: message {} has another's id", said.id));
        }
        let Some(head) = &log.head else {
            let is_new = log.said.is_empty() && log.cursors.is_empty() && log.retries.is_empty();
            look.expect(is_new, || format!("{service}: its log has no head"));
            continue;
        };
        let gaps = log.said.windows(2).any(|pair| pair[1].position != pair[0].position + 1);
        let ends = log.said.last().is_none_or(|last| last.position == head.last_position);
        look.expect(!gaps && ends, || {
            format!("{service}: its log has gaps, or does not end at {}", head.last_position)
        });
        let aside = i64::try_from(log.retries.len()).unwrap_or(i64::MAX);
        look.expect(head.deferred_count == aside, || {
            format!("{service}: counts {} messages put aside and has {aside}", head.deferred_count)
        });
        for cursor in &log.cursors {
            let source = ledger.logs.get(cursor.source.as_str()).and_then(|log| log.head.as_ref());
            let within = source.is_some_and(|head| {
                cursor.log_id == head.log_id && (0..=head.last_position).contains(&cursor.position)
            });
            look.expect(within, || {
                format!("{service}: has heard {} of {}, which has not said it", cursor.position, cursor.source)
            });
        }
    }
}
