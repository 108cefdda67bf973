//! The tables of this service and its queries. Only this module contains SQL.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, EventId, NotificationId, OrganizerId, UserId,
    events::{Channel, NotificationKind},
};
use boxoffice_database::{Database, Error, Listing, Order, Sortable, Value, table, to_value};
use boxoffice_envelope::Origin;
use uuid::Uuid;

use crate::domain::NotificationStatus;

table! {
    /// A notification of a customer. A booking has at most one for each kind and channel.
    pub struct Notification in "notifications" versioned {
        key { id: NotificationId }
        /// The booking that it is about.
        booking_id: BookingId,
        /// The kind, which selects the template.
        kind: NotificationKind,
        /// The channel over which it is sent.
        channel: Channel,
        /// The user who is notified.
        user_id: UserId,
        /// The organizer who sells the booked tickets.
        organizer_id: OrganizerId,
        /// The subject, in one line.
        subject: String,
        /// The text, without the recipient's name.
        message: String,
        /// The status; only a transition changes it.
        status: NotificationStatus,
        /// Why the last attempt failed; `None` before the first attempt and after it was sent.
        error: Option<String>,
        /// Whether the customer has read it.
        is_read: bool,
        /// The number of attempts to send it since it was queued.
        attempts: i64,
        /// When the next attempt is due, while it is queued.
        due_at: Timestamp,
        /// When it was queued first.
        created_at: Timestamp,
        /// When it was sent; `None` until then.
        sent_at: Option<Timestamp>,
        /// The event that reported the end of the order; see [`Origin::causation_id`].
        causation_id: Option<Uuid>,
        /// The correlation id of that event; see [`Origin::correlation_id`].
        correlation_id: String,
        /// The trace context of that event; see [`Origin::traceparent`].
        traceparent: Option<String>,
    }
}

table! {
    /// An e-mail in the mailbox.
    pub struct MailboxEmail in "mailbox" appended {
        key { message_id: NotificationId }
        /// The booking that it is about.
        booking_id: BookingId,
        /// The recipient's e-mail address.
        to_address: String,
        /// The subject, in one line.
        subject: String,
        /// The body, with the salutation.
        body: String,
        /// When it was sent.
        sent_at: Timestamp,
        /// The kind of its notification.
        kind: NotificationKind,
    }
}

table! {
    /// The relation between an event and the notifications about its tickets.
    pub struct NotificationEvent in "notification_events" appended {
        key { event_id: EventId, notification_id: NotificationId }
    }
}

table! {
    /// How far retention has deleted the rows of a table.
    pub struct RetentionMark in "retention_marks" versioned {
        key { table_name: String }
        /// Rows from before this time may be missing; later ones are complete.
        deleted_before: Timestamp,
    }
}

/// The table of [`MailboxEmail`], as [`RetentionMark`] names it.
pub const MAILBOX: &str = "mailbox";

impl Sortable for Notification {
    // An id is a UUIDv7 of the time at which the notification is queued, so later ids are larger.
    const SORTS: &'static [(&'static str, &'static str)] = &[("createdAt", "id")];
    const DEFAULT_SORT: &'static str = "-createdAt";
}

impl Notification {
    /// The origin of the event that reports it as sent, which `actor` publishes.
    pub fn origin(&self, actor: &str) -> Origin {
        Origin {
            causation_id: self.causation_id,
            correlation_id: self.correlation_id.clone(),
            traceparent: self.traceparent.clone(),
            actor: actor.to_owned(),
        }
    }
}

/// The filter of a list of notifications. A field that is `None` filters nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NotificationFilter {
    /// Only notifications of this user.
    pub user: Option<UserId>,
    /// Only notifications about this booking.
    pub booking: Option<BookingId>,
    /// Only notifications about tickets of this event.
    pub event: Option<EventId>,
    /// Only notifications of this kind.
    pub kind: Option<NotificationKind>,
    /// Only notifications over this channel.
    pub channel: Option<Channel>,
    /// Only notifications with this status.
    pub status: Option<NotificationStatus>,
    /// Only notifications that the customer has read, or has not.
    pub read: Option<bool>,
}

/// At most `rows` notifications that match `filter`, in this order.
///
/// # Errors
/// As [`Database::select`].
pub async fn notifications(
    database: &Database,
    filter: NotificationFilter,
    order: &Order,
    rows: usize,
) -> Result<Vec<Notification>, Error> {
    // With an event, the query reads the page from the index of the events, in order.
    let (join, order) = match filter.event {
        Some(_) => {
            ("JOIN notification_events ON notification_id = id ", Order { column: "notification_id", ..order.clone() })
        }
        None => ("", order.clone()),
    };
    let listing = Listing::default()
        .filter("event_id = ?", filter.event.as_ref())
        .filter("user_id = ?", filter.user.as_ref())
        .filter("booking_id = ?", filter.booking.as_ref())
        .filter("kind = ?", filter.kind.as_ref())
        .filter("channel = ?", filter.channel.as_ref())
        .filter("status = ?", filter.status.as_ref())
        .filter("is_read = ?", filter.read.as_ref());
    let (tail, args) = listing.page::<Notification>(&order, rows);
    database.select(&format!("{join}{tail}"), args).await
}

/// All notifications about a booking, newest first: one for each kind and channel.
pub async fn about(database: &Database, booking: BookingId) -> Result<Vec<Notification>, Error> {
    database.select("WHERE booking_id = ? ORDER BY id DESC", vec![to_value(&booking)]).await
}

/// The notifications that are due at `now`, oldest first, at most `limit`.
pub async fn due(database: &Database, now: Timestamp, limit: usize) -> Result<Vec<Notification>, Error> {
    let args = vec![to_value(&NotificationStatus::Queued), to_value(&now), to_value(&limit)];
    database.select("WHERE status = ? AND due_at <= ? ORDER BY id LIMIT ?", args).await
}

/// The filter of a list of e-mails in the mailbox. A field that is `None` filters nothing.
#[derive(Clone, Debug, Default)]
pub struct MailboxFilter {
    /// Only e-mails about this booking.
    pub booking: Option<BookingId>,
    /// Only e-mails to an address that contains this part, case-insensitively.
    pub to: Option<String>,
    /// Only e-mails of this kind.
    pub kind: Option<NotificationKind>,
    /// Only e-mails with a smaller id than this.
    pub before: Option<NotificationId>,
}

impl MailboxFilter {
    fn conditions(&self) -> Vec<(&'static str, Value)> {
        let Self { booking, to, kind, before } = self;
        // The table of notifications has an index on the booking, and an e-mail has the id of its notification.
        const OF_BOOKING: &str = "message_id IN (SELECT id FROM notifications WHERE booking_id = ?)";
        let before = before.map_or(Uuid::max(), NotificationId::get);
        let booking = booking.map(|booking| (OF_BOOKING, to_value(&booking)));
        let to = to.as_deref().map(|part| (r"lower(to_address) LIKE ? ESCAPE '\'", to_value(&pattern(part))));
        let kind = kind.map(|kind| ("kind = ?", to_value(&kind)));
        [Some(("message_id < ?", to_value(&before))), booking, to, kind].into_iter().flatten().collect()
    }
}

/// The pattern with which `LIKE` finds `part` at any position.
fn pattern(part: &str) -> String {
    let part = part.to_ascii_lowercase().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{part}%")
}

/// The e-mails in the mailbox that match `filter`, newest first, at most `limit`.
pub async fn mailbox(database: &Database, filter: &MailboxFilter, limit: usize) -> Result<Vec<MailboxEmail>, Error> {
    let (conditions, mut args): (Vec<_>, Vec<_>) = filter.conditions().into_iter().unzip();
    args.push(to_value(&limit));
    let conditions = conditions.join(" AND ");
    database.select(&format!("WHERE {conditions} ORDER BY message_id DESC LIMIT ?"), args).await
}

/// The ids of e-mails in the mailbox that were sent before `then`, oldest first, at most `limit`.
pub async fn emails_before(database: &Database, then: Timestamp, limit: usize) -> Result<Vec<NotificationId>, Error> {
    // An e-mail is sent after its id was made, so the query stops at the last id of that time.
    let millis = u64::try_from(then.micros() / 1000).unwrap_or(0);
    let last = uuid::Builder::from_unix_timestamp_millis(millis, &[u8::MAX; 10]).into_uuid();
    let args = vec![to_value(&last), to_value(&then), to_value(&limit)];
    let tail = "WHERE message_id <= ? AND sent_at < ? ORDER BY message_id LIMIT ?";
    let emails = database.select::<MailboxEmail>(tail, args).await?;
    Ok(emails.into_iter().map(|email| email.message_id).collect())
}
