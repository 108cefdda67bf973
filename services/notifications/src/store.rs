//! The tables of this service, and its reads. The only SQL.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, NotificationId, OrganizerId, UserId,
    events::{Channel, NotificationKind},
};
use boxoffice_database::{Database, Error, Value, table, to_value};
use boxoffice_envelope::Origin;
use uuid::Uuid;

use crate::domain::Status;

table! {
    /// One letter to a customer; one for each kind and channel of a booking, ever.
    pub struct Notification in "notifications" versioned {
        key { id: NotificationId }
        /// About which booking.
        booking_id: BookingId,
        /// What it says.
        kind: NotificationKind,
        /// How it goes.
        channel: Channel,
        /// To whom.
        user_id: UserId,
        /// Who sells.
        organizer_id: OrganizerId,
        /// In one line.
        subject: String,
        /// In full.
        message: String,
        /// How far it has come.
        status: Status,
        /// Why the last attempt failed; none once it is sent.
        error: Option<String>,
        /// Whether the customer has read it.
        is_read: bool,
        /// How often sending it was tried.
        attempts: i64,
        /// When it goes out, while it is queued.
        due_at: Timestamp,
        /// When it was written.
        created_at: Timestamp,
        /// When it went out.
        sent_at: Option<Timestamp>,
        /// The message that told of the end of the order; see [`Origin::cause`].
        cause: Option<Uuid>,
        /// See [`Origin::correlation`].
        correlation: String,
        /// See [`Origin::trace`].
        trace: Option<String>,
    }
}

table! {
    /// A letter in the embedded mailbox.
    pub struct Mailed in "mailbox" appended {
        key { message_id: NotificationId }
        /// About which booking.
        booking_id: BookingId,
        /// The recipient's e-mail address.
        to_address: String,
        /// In one line.
        subject: String,
        /// The whole text.
        body: String,
        /// When.
        sent_at: Timestamp,
        /// What it is about.
        kind: NotificationKind,
    }
}

impl Notification {
    /// The errand that it belongs to, so that sending it later goes on with it. `actor` sends it.
    pub fn origin(&self, actor: &str) -> Origin {
        let (cause, correlation, trace) = (self.cause, self.correlation.clone(), self.trace.clone());
        Origin { cause, correlation, trace, actor: actor.to_owned() }
    }
}

/// Which notifications are wanted; none of a filter: any.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Whose.
    pub user: Option<UserId>,
    /// How far they have come.
    pub status: Option<Status>,
    /// About which booking.
    pub booking: Option<BookingId>,
    /// Only older ones than this.
    pub before: Option<NotificationId>,
}

impl Wanted {
    fn conditions(&self) -> Vec<(&'static str, Value)> {
        let Self { user, status, booking, before } = self;
        let user = user.map(|user| ("user_id = ?", to_value(&user)));
        let status = status.map(|status| ("status = ?", to_value(&status)));
        let booking = booking.map(|booking| ("booking_id = ?", to_value(&booking)));
        let before = before.map(|before| ("id < ?", to_value(&before)));
        [user, status, booking, before].into_iter().flatten().collect()
    }
}

/// The first `limit` of those that are wanted, newest first.
///
/// # Errors
/// As a read of the database; so do all reads here.
pub async fn notifications(database: &Database, wanted: Wanted, limit: usize) -> Result<Vec<Notification>, Error> {
    let (conditions, mut args): (Vec<_>, Vec<_>) = wanted.conditions().into_iter().unzip();
    let filter = if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
    args.push(to_value(&limit));
    database.select(&format!("{filter} ORDER BY id DESC LIMIT ?"), args).await
}

/// The first `limit` that are to go out by `now`, oldest first.
pub async fn due(database: &Database, now: Timestamp, limit: usize) -> Result<Vec<Notification>, Error> {
    let args = vec![to_value(&Status::Queued), to_value(&now), to_value(&limit)];
    database.select("WHERE status = ? AND due_at <= ? ORDER BY id LIMIT ?", args).await
}

/// Which letters of the mailbox are wanted; none of a filter: any.
#[derive(Clone, Debug, Default)]
pub struct WantedLetters {
    /// About which booking.
    pub booking: Option<BookingId>,
    /// A part of the recipient's address, in whichever case.
    pub to: Option<String>,
    /// About what.
    pub kind: Option<NotificationKind>,
    /// Only older ones than this.
    pub before: Option<NotificationId>,
}

impl WantedLetters {
    fn conditions(&self) -> Vec<(&'static str, Value)> {
        let Self { booking, to, kind, before } = self;
        // There is an index on the booking there, and a letter has the id of its notification.
        const OF_BOOKING: &str = "message_id IN (SELECT id FROM notifications WHERE booking_id = ?)";
        let before = before.map_or(Uuid::max(), NotificationId::get);
        let booking = booking.map(|booking| (OF_BOOKING, to_value(&booking)));
        let to = to.as_deref().map(|part| (r"lower(to_address) LIKE ? ESCAPE '\'", to_value(&pattern(part))));
        let kind = kind.map(|kind| ("kind = ?", to_value(&kind)));
        [Some(("message_id < ?", to_value(&before))), booking, to, kind].into_iter().flatten().collect()
    }
}

/// What `LIKE` finds `part` by, wherever it stands.
fn pattern(part: &str) -> String {
    let part = part.to_ascii_lowercase().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{part}%")
}

/// The first `limit` letters of the mailbox that are wanted, newest first.
pub async fn mailbox(database: &Database, wanted: &WantedLetters, limit: usize) -> Result<Vec<Mailed>, Error> {
    let (conditions, mut args): (Vec<_>, Vec<_>) = wanted.conditions().into_iter().unzip();
    args.push(to_value(&limit));
    let filter = conditions.join(" AND ");
    database.select(&format!("WHERE {filter} ORDER BY message_id DESC LIMIT ?"), args).await
}
