use std::collections::HashSet;

use boxoffice_contracts::events::NotificationKind;
use boxoffice_notifications::domain::NotificationStatus;
use boxoffice_orders::domain::OrderStatus;
use uuid::Uuid;

use super::Look;

/// A settled booking has one notification for each end that its order came to, and none of a kind that is not its own. What
/// was sent is in the mailbox, unless that was so long ago that it was taken away, and nothing else is.
pub(super) fn notified(look: &mut Look<'_>) {
    let ledger = look.ledger;
    let mails: HashSet<Uuid> = ledger.mailbox.iter().map(|mail| mail.message_id.get()).collect();
    for id in ledger.bookings.keys().filter(|id| look.is_settled(**id)).copied().collect::<Vec<_>>() {
        let notifications = ledger.notifications_of(id);
        let order = ledger.orders.get(&id).map(|order| order.status);
        let wanted = [
            (NotificationKind::BookingConfirmed, ledger.was_confirmed(id)),
            (NotificationKind::BookingFailed, order == Some(OrderStatus::Failed)),
            (NotificationKind::BookingCancelled, order == Some(OrderStatus::Cancelled)),
        ];
        let right = wanted.into_iter().all(|(kind, is_wanted)| {
            notifications.iter().filter(|notification| notification.kind == kind).count() == usize::from(is_wanted)
        });
        look.expect(right, || {
            let kinds: Vec<_> = notifications.iter().map(|notification| notification.kind.as_str()).collect();
            format!("booking {id}: its order is {order:?}, and it has the notifications {kinds:?}")
        });
    }
    let notifications = || ledger.notifications.values().flatten();
    for notification in notifications() {
        let (sent, mailed) = (notification.status == NotificationStatus::Sent, mails.contains(&notification.id.get()));
        let is_old = notification.sent_at.is_some_and(|at| ledger.mailbox_since.is_some_and(|since| at < since));
        look.expect(sent == mailed || sent && is_old, || {
            format!("notification {}: {:?}, and in the mailbox: {mailed}", notification.id, notification.status)
        });
    }
    let written: HashSet<Uuid> = notifications().map(|notification| notification.id.get()).collect();
    for mail in &mails {
        look.expect(written.contains(mail), || format!("mail {mail}: it belongs to no notification"));
    }
}
