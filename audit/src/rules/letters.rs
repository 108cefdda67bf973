use std::collections::HashSet;

use boxoffice_contracts::events::NotificationKind;
use boxoffice_notifications::domain::NotificationStatus;
use boxoffice_orders::domain::OrderStatus;
use uuid::Uuid;

use super::Look;

/// A settled booking has one letter for each end that its order came to, and none of a kind that is not its own. What
/// was sent is in the mailbox, unless that was so long ago that it was taken away, and nothing else is.
pub(super) fn notified(look: &mut Look<'_>) {
    let ledger = look.ledger;
    let mails: HashSet<Uuid> = ledger.mailbox.iter().map(|mail| mail.message_id.get()).collect();
    for id in ledger.bookings.keys().filter(|id| look.is_settled(**id)).copied().collect::<Vec<_>>() {
        let letters = ledger.letters(id);
        let order = ledger.orders.get(&id).map(|order| order.status);
        let wanted = [
            (NotificationKind::BookingConfirmed, ledger.was_confirmed(id)),
            (NotificationKind::BookingFailed, order == Some(OrderStatus::Failed)),
            (NotificationKind::BookingCancelled, order == Some(OrderStatus::Cancelled)),
        ];
        let right = wanted.into_iter().all(|(kind, is_wanted)| {
            letters.iter().filter(|letter| letter.kind == kind).count() == usize::from(is_wanted)
        });
        look.expect(right, || {
            let kinds: Vec<_> = letters.iter().map(|letter| letter.kind.as_str()).collect();
            format!("booking {id}: its order is {order:?}, and it has the letters {kinds:?}")
        });
    }
    let letters = || ledger.notifications.values().flatten();
    for letter in letters() {
        let (sent, mailed) = (letter.status == NotificationStatus::Sent, mails.contains(&letter.id.get()));
        let is_old = letter.sent_at.is_some_and(|at| ledger.mailbox_since.is_some_and(|since| at < since));
        look.expect(sent == mailed || sent && is_old, || {
            format!("notification {}: {:?}, and in the mailbox: {mailed}", letter.id, letter.status)
        });
    }
    let written: HashSet<Uuid> = letters().map(|letter| letter.id.get()).collect();
    for mail in &mails {
        look.expect(written.contains(mail), || format!("mail {mail}: nobody has written it"));
    }
}
