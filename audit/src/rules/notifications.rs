use std::collections::HashSet;

use boxoffice_contracts::events::NotificationKind;
use boxoffice_notifications::domain::NotificationStatus;
use boxoffice_orders::domain::OrderStatus;
use uuid::Uuid;

use super::Check;

/// A settled booking has one notification for each final status of its order, and no other. The mailbox has exactly the e-mails
/// that were sent, except those that retention deleted.
pub(super) fn notified(check: &mut Check<'_>) {
    let ledger = check.ledger;
    let emails: HashSet<Uuid> = ledger.mailbox.iter().map(|email| email.message_id.get()).collect();
    for id in ledger.bookings.keys().filter(|id| check.is_settled(**id)).copied().collect::<Vec<_>>() {
        let notifications = ledger.notifications_of(id);
        let order = ledger.orders.get(&id).map(|order| order.status);
        let expected = [
            (NotificationKind::BookingConfirmed, ledger.was_confirmed(id)),
            (NotificationKind::BookingFailed, order == Some(OrderStatus::Failed)),
            (NotificationKind::BookingCancelled, order == Some(OrderStatus::Cancelled)),
        ];
        let right = expected.into_iter().all(|(kind, is_expected)| {
            notifications.iter().filter(|notification| notification.kind == kind).count() == usize::from(is_expected)
        });
        check.expect(right, || {
            let kinds: Vec<_> = notifications.iter().map(|notification| notification.kind.as_str()).collect();
            format!("booking {id}: its order is {order:?}, and it has the notifications {kinds:?}")
        });
    }
    let notifications = || ledger.notifications.values().flatten();
    for notification in notifications() {
        let (sent, mailed) = (notification.status == NotificationStatus::Sent, emails.contains(&notification.id.get()));
        let is_old = notification.sent_at.is_some_and(|at| ledger.mailbox_since.is_some_and(|since| at < since));
        check.expect(sent == mailed || sent && is_old, || {
            format!("notification {}: {:?}, and in the mailbox: {mailed}", notification.id, notification.status)
        });
    }
    let known: HashSet<Uuid> = notifications().map(|notification| notification.id.get()).collect();
    for email in &emails {
        check.expect(known.contains(email), || format!("e-mail {email}: it belongs to no notification"));
    }
}
