use std::collections::HashSet;

use boxoffice_contracts::{events::EVENTS, saga};
use uuid::Uuid;

use super::Check;

/// The resource that each idempotency record names exists.
pub(super) fn idempotency(check: &mut Check<'_>) {
    let ledger = check.ledger;
    for (service, log) in &ledger.logs {
        for request in &log.requests {
            let Some(there) = is_there(check, service, &request.resource_id) else { continue };
            check.expect(there, || {
                format!(
                    "{service}: the idempotency record {} names {}, which does not exist",
                    request.id, request.resource_id
                )
            });
        }
    }
}

/// Whether `service` has the resource with the id `resource`; `None` when the id does not tell the kind of the resource.
fn is_there(check: &Check<'_>, service: &str, resource: &str) -> Option<bool> {
    let ledger = check.ledger;
    let id = resource.parse::<Uuid>().ok();
    match service {
        "bookings" => Some(id.is_some_and(|id| ledger.bookings.contains_key(&id))),
        "orders" => Some(id.is_some_and(|id| ledger.orders.contains_key(&id))),
        "users" => resource.parse().ok().map(|id| ledger.users.contains(&id)),
        "inventory" => id.map(|id| ledger.holds.contains_key(&id)),
        _ => None,
    }
}

/// The services whose events `consumer` handles.
fn sources(consumer: &str) -> impl Iterator<Item = &'static str> {
    let kinds = saga::consumed_by(consumer);
    let sources = saga::SERVICES.iter().copied();
    sources.filter(move |source| EVENTS.iter().any(|event| event.source == *source && kinds.contains(&event.kind)))
}

/// Retention removed no unconsumed message, and a settled booking has its order and the reverse. A dead letter is an alarm
/// instead.
pub(super) fn nothing_lost(check: &mut Check<'_>) {
    let ledger = check.ledger;
    for (consumer, log) in &ledger.logs {
        for source in sources(consumer) {
            let Some(source_log) = ledger.logs.get(source) else { continue };
            let position =
                log.cursors.iter().find(|cursor| cursor.source == source).map_or(0, |cursor| cursor.position);
            check.expect(source_log.pruned_position() <= position, || {
                format!(
                    "{consumer}: has consumed the log of {source} up to {position}, but retention removed messages up to {}",
                    source_log.pruned_position()
                )
            });
        }
    }
    for id in ledger.ids() {
        if check.is_settled(id) {
            let pair = (ledger.bookings.contains_key(&id), ledger.orders.contains_key(&id));
            check.expect(pair.0 == pair.1, || {
                format!("{id}: its {} is missing", if pair.0 { "order" } else { "booking" })
            });
        }
    }
}

/// Positions count without gaps up to the head of their log, ids are unique, and no cursor is beyond the end of its log.
pub(super) fn effect_once(check: &mut Check<'_>) {
    let ledger = check.ledger;
    let mut ids = HashSet::new();
    for (service, log) in &ledger.logs {
        for message in &log.published {
            check.expect(ids.insert(message.id), || {
                format!("{service}: message {} has the id of another message", message.id)
            });
        }
        let Some(head) = &log.head else {
            let is_new = log.published.is_empty() && log.cursors.is_empty() && log.deferred.is_empty();
            check.expect(is_new, || format!("{service}: its log has no head"));
            continue;
        };
        let gaps = log.published.windows(2).any(|pair| pair[1].position != pair[0].position + 1);
        let ends = log.published.last().is_none_or(|last| last.position == head.last_position);
        check.expect(!gaps && ends, || {
            format!("{service}: its log has gaps, or does not end at {}", head.last_position)
        });
        let deferred = i64::try_from(log.deferred.len()).unwrap_or(i64::MAX);
        check.expect(head.deferred_count == deferred, || {
            format!("{service}: its log counts {} deferred messages and has {deferred}", head.deferred_count)
        });
        for cursor in &log.cursors {
            let source = ledger.logs.get(cursor.source.as_str()).and_then(|log| log.head.as_ref());
            let within = source.is_some_and(|head| {
                cursor.log_id == head.log_id && (0..=head.last_position).contains(&cursor.position)
            });
            check.expect(within, || {
                format!(
                    "{service}: its cursor is at {} of {}, beyond the end of that log",
                    cursor.position, cursor.source
                )
            });
        }
    }
}
