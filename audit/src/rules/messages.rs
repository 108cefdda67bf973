use std::collections::{HashMap, HashSet};

use boxoffice_bookings::domain::Status as BookingStatus;
use boxoffice_contracts::events::NotificationKind;
use boxoffice_notifications::domain::Status;
use boxoffice_orders::domain::OrderStatus;
use uuid::Uuid;

use super::Look;

/// What a request made is there.
pub(super) fn idempotency(look: &mut Look<'_>) {
    let ledger = look.ledger;
    for (service, log) in &ledger.logs {
        for request in &log.requests {
            let Ok(id) = request.resource.parse::<Uuid>() else { continue };
            let there = match *service {
                "bookings" => ledger.bookings.contains_key(&id),
                "orders" => ledger.orders.contains_key(&id),
                "inventory" => ledger.holds.contains_key(&id),
                _ => true,
            };
            look.expect(there, || format!("{service}: request {} made {id}, which is not there", request.id));
        }
    }
}

/// Whether a state and the message that announces it stand together.
pub(super) fn outbox_atomic(look: &mut Look<'_>) {
    let ledger = look.ledger;
    let said = |service: &str, kind: &str| -> HashSet<Uuid> {
        let log = ledger.logs.get(service).map_or(&[][..], |log| &log.said);
        log.iter().filter(|said| said.kind == kind).map(|said| said.key).collect()
    };
    // What was said long ago is forgotten; then only the other direction can be checked.
    let complete =
        |service: &str| ledger.logs.get(service).is_some_and(|log| log.said.first().is_none_or(|s| s.position == 1));
    let pairs: [(&str, &str, HashSet<Uuid>); 4] = [
        ("orders", "OrderCreatedEvent", with(ledger.orders.iter(), |order| !order.lines.0.is_empty())),
        ("orders", "OrderConfirmedEvent", ever_confirmed(look)),
        ("orders", "OrderFailedEvent", with(ledger.orders.iter(), |order| order.status == OrderStatus::Failed)),
        ("orders", "OrderCancelledEvent", with(ledger.orders.iter(), |order| order.status == OrderStatus::Cancelled)),
    ];
    for (service, kind, rows) in pairs {
        let said = said(service, kind);
        for id in rows.iter().filter(|_| complete(service)) {
            look.expect(said.contains(id), || {
                format!("{service}: {id} has come to where {kind} is said, and it was not")
            });
        }
        for id in &said {
            look.expect(rows.contains(id), || {
                format!("{service}: {kind} of {id} was said, and its row says otherwise")
            });
        }
    }
}

fn with<'a, R: 'a>(rows: impl Iterator<Item = (&'a Uuid, &'a R)>, holds: impl Fn(&R) -> bool) -> HashSet<Uuid> {
    rows.filter(|(_, row)| holds(row)).map(|(id, _)| *id).collect()
}

fn ever_confirmed(look: &Look<'_>) -> HashSet<Uuid> {
    let confirmed =
        look.ledger.history.iter().filter(|(_, rows)| rows.iter().any(|row| row.status == OrderStatus::Confirmed));
    confirmed.map(|(id, _)| *id).collect()
}

/// No booking that has settled has a message that somebody who listens has not heard. A parked one is an alarm instead.
pub(super) fn nothing_lost(look: &mut Look<'_>) {
    let ledger = look.ledger;
    for (listener, log) in &ledger.logs {
        for cursor in &log.cursors {
            let Some(source) = ledger.logs.get(cursor.source.as_str()) else { continue };
            let first = source.said.first().map_or(cursor.position + 1, |said| said.position);
            look.expect(first <= cursor.position + 1, || {
                format!(
                    "{listener}: has heard {} of {} and the next message is forgotten",
                    cursor.position, cursor.source
                )
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
    for (service, log) in &ledger.logs {
        let Some(head) = &log.head else { continue };
        let gaps = log.said.windows(2).any(|pair| pair[1].position != pair[0].position + 1);
        let ends = log.said.last().is_none_or(|last| last.position == head.last_position);
        let ids: HashSet<Uuid> = log.said.iter().map(|said| said.id).collect();
        look.expect(!gaps && ends && ids.len() == log.said.len(), || {
            format!("{service}: its log has gaps, repeats an id, or does not end at {}", head.last_position)
        });
        let aside = i64::try_from(log.retries.len()).unwrap_or(i64::MAX);
        look.expect(head.waiting == aside, || {
            format!("{service}: counts {} messages put aside and has {aside}", head.waiting)
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

/// A settled booking that ended has one mail of its kind, in the mailbox once, and none of a kind that is not its own.
pub(super) fn notified(look: &mut Look<'_>) {
    let ledger = look.ledger;
    let mut mails: HashMap<Uuid, usize> = HashMap::new();
    for mail in &ledger.mailbox {
        *mails.entry(mail.message_id.get()).or_default() += 1;
    }
    for (id, booking) in &ledger.bookings {
        if !look.is_settled(*id) {
            continue;
        }
        let letters = ledger.notifications.get(id).map_or(&[][..], Vec::as_slice);
        let of = |kind: NotificationKind| letters.iter().filter(|letter| letter.kind == kind).count();
        let confirmed =
            ledger.history.get(id).is_some_and(|rows| rows.iter().any(|row| row.status == OrderStatus::Confirmed));
        let ended_otherwise = booking.status != BookingStatus::Confirmed;
        let right = of(NotificationKind::BookingConfirmed) == usize::from(confirmed)
            && of(NotificationKind::BookingFailed) + of(NotificationKind::BookingCancelled)
                == usize::from(ended_otherwise);
        look.expect(right, || {
            format!(
                "booking {id}: {:?} with letters {:?}",
                booking.status,
                letters.iter().map(|letter| letter.kind.word()).collect::<Vec<_>>()
            )
        });
        for letter in letters.iter().filter(|letter| letter.status == Status::Sent) {
            let count = mails.get(&letter.id.get()).copied().unwrap_or(0);
            look.expect(count == 1, || format!("notification {}: {count} mails in the mailbox", letter.id));
        }
    }
}
